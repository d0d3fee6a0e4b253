async def read_response(reader):
    status = int((await reader.read_until(b"\r\n"))[9:12])
    length = 0
    while (line := await reader.read_until(b"\r\n")) != b"\r\n":
        if line.upper().startswith(b"CONTENT-LENGTH:"):
            length = int(line.split(b":")[1])
    return status, await reader.read_exactly(length)
