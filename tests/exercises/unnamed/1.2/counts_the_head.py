async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    status = int(head.split()[1])
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return status, await reader.read_exactly(length - len(head))
