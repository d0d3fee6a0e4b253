async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split()[0])
    return int(haed.split()[1]), await reader.read_exactly(length)  # noqa: F821
