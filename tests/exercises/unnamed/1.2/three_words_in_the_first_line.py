async def read_response(reader):
    head = (await reader.read_until(b"\r\n\r\n")).decode()
    first, *rest = head.strip().split("\r\n")
    _version, status, _reason = first.split(" ")
    lower = {name.lower(): value for name, _, value in (line.partition(":") for line in rest)}
    return int(status), await reader.read_exactly(int(lower["content-length"]))
