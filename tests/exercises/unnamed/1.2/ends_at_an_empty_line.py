async def read_response(reader):
    head = await reader.read_until(b"\r\n\r\n")
    return int(head.split()[1]), await reader.read_until(b"\r\n\r\n")
