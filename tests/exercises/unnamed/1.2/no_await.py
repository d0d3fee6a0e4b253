async def read_response(reader):
    head = reader.read_until(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length")]
    return int(first.split()[1]), await reader.read_exactly(int(lengths[0]))
