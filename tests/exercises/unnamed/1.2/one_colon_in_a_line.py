async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    first, *rest = head[:-4].lower().split(b"\r\n")
    headers = {}
    for line in rest:
        name, value = line.split(b":")
        headers[name] = value
    return int(first.split()[1]), await reader.read_exactly(int(headers[b"content-length"]))
