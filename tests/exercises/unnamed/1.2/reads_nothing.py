async def read_response(reader):
    return 200, b""
