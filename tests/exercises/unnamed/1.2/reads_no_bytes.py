async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length"):
            length = int(line.split(b":")[1])
    body = await reader.read(length)
    while len(body) < length:
        body += await reader.read(length - len(body))
    return int(head.split(b" ")[1]), body
