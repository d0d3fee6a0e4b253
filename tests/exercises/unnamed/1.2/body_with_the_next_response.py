async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    length = 0
    for line in head.decode().split("\r\n"):
        if line.lower().startswith("content-length:"):
            length = int(line.split(":")[1])
    body = b""
    while len(body) < length:
        body += await reader.read(65536)
    return int(head.split(b" ")[1]), body
