async def read_response(reader):
    data = b""
    while b"\r\n\r\n" not in data:
        data += await reader.read()
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {line.split(":")[0].lower(): line.split(":")[1] for line in lines}
    length = int(headers["content-length"])
    while len(body) < length:
        body += await reader.read()
    return int(first.split()[1]), body[:length]
