async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode()
    length = 0
    for line in head.split("\r\n"):
        if "content-length:" in line.lower():
            length = int(line.split(":")[-1])
    return int(head.split()[1]), await reader.read_exactly(length)
