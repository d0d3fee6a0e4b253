class TooLong(ValueError):
    pass


def cut(buffer, limit):
    nothing = (None, buffer)
    view = list(buffer[:14])
    if len(view) < 2:
        return nothing
    length = view[1] % 128
    width = {126: 2, 127: 8}.get(length, 0)
    if len(view) < 2 + width:
        return nothing
    if width:
        length = 0
        for byte in view[2 : 2 + width]:
            length = length * 256 + byte
    if length > limit:
        raise TooLong(length)
    masked = view[1] // 128
    start = 2 + width + 4 * masked
    if len(buffer) < start + length:
        return nothing
    data = bytearray(buffer[start : start + length])
    if masked:
        for i in range(length):
            data[i] ^= buffer[start - 4 + i % 4]
    return (view[0] // 128 == 1, view[0] % 16, bytes(data)), buffer[start + length :]
