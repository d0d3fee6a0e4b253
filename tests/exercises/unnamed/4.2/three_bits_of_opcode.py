def cut(buffer, limit):
    if len(buffer) < 2:
        return None, buffer
    length, at = buffer[1] & 127, 2
    if length > 125:
        at = 4 if length == 126 else 10
        if len(buffer) < at:
            return None, buffer
        length = int.from_bytes(buffer[2:at], "big")
    if length > limit:
        raise ValueError("too long")
    masked = buffer[1] >> 7
    if masked:
        key = buffer[at : at + 4]
        at += 4
    end = at + length
    if len(buffer) < end:
        return None, buffer
    payload = buffer[at:end]
    if masked:
        payload = bytes([b ^ key[i % 4] for i, b in enumerate(payload)])
    return (buffer[0] >> 7 == 1, buffer[0] & 7, payload), buffer[end:]
