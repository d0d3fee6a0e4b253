def cut(buffer, limit):
    if len(buffer) < 2:
        return None, buffer
    first, second, at = buffer[0], buffer[1], 2
    length = second & 127
    if length > 125:
        at = 4 if length == 126 else 10
        if len(buffer) < at:
            return None, buffer
        length = int.from_bytes(buffer[2:at], "big")
    if length > limit:
        raise ValueError
    masked = second >= 128
    body = at + 4 if masked else at
    if len(buffer) < at + length:
        return None, buffer
    payload = buffer[body : at + length]
    if masked:
        key = buffer[at:body]
        payload = bytes([byte ^ key[i % 4] for i, byte in enumerate(payload)])
    return (first >= 128, first & 15, payload), buffer[at + length :]
