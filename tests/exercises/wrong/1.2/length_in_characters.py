async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode()
    length = 0
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(":")
        if key.lower() == "content-length":
            length = int(value)
    raw = await reader.read_exactly(length)
    while len(raw.decode(errors="ignore")) < length:
        raw += await reader.read(1)
    return int(head.split(" ")[1]), raw
