async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split()[0])
    return int(head.split()[1]), (await reader.read_exactly(length)).decode()
