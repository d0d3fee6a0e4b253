async def read_response(reader):
    data = b""
    while piece := await reader.read():
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body
