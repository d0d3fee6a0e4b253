async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ") for line in lines if line)
    length = int(headers["Content-Length"])
    return int(first.split()[1]), await reader.read_exactly(length)
