async def read_response(reader):
    data = await reader.read(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body
