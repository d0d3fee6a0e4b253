async def read_response(reader):
    first = await reader.read_until(b"\r\n")
    second = await reader.read_until(b"\r\n")
    await reader.read_until(b"\r\n\r\n")
    body = await reader.read_exactly(int(second.split(b":")[1]))
    return int(first.split(b" ")[1]), body
