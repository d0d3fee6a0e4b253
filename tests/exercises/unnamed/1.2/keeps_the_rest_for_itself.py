rest = b""


async def read_response(reader):
    global rest
    while b"\r\n\r\n" not in rest:
        rest += await reader.read(1000)
    head, _, body = rest.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line[15:])
    while len(body) < length:
        body += await reader.read(1000)
    rest = body[length:]
    return int(head.split()[1]), body[:length]
