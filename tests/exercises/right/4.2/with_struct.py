import struct


class Incomplete(Exception):
    pass


def cut(buffer, limit):
    try:
        return _cut(buffer, limit)
    except Incomplete:
        return None, buffer


def _take(buffer, at, count):
    if len(buffer) - at < count:
        raise Incomplete
    return buffer[at : at + count], at + count


def _cut(buffer, limit):
    head, at = _take(buffer, 0, 2)
    masked, size = head[1] >> 7, head[1] & 0x7F
    if size == 126:
        more, at = _take(buffer, at, 2)
        (size,) = struct.unpack("!H", more)
    elif size == 127:
        more, at = _take(buffer, at, 8)
        (size,) = struct.unpack("!Q", more)
    if size > limit:
        raise ValueError("too long")
    key, at = _take(buffer, at, 4 if masked else 0)
    payload, at = _take(buffer, at, size)
    if masked:
        pad = (key * (size // 4 + 1))[:size]
        payload = bytes(a ^ b for a, b in zip(payload, pad, strict=True))
    return (bool(head[0] & 0x80), head[0] & 0x0F, payload), buffer[at:]
