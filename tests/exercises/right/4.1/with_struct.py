import struct


def header(opcode, length, masked):
    mark = masked << 7
    first = opcode + 128
    if length <= 125:
        return struct.pack("!BB", first, mark + length)
    if length <= 0xFFFF:
        return struct.pack("!BBH", first, mark + 126, length)
    return struct.pack("!BBQ", first, mark + 127, length)


def text_frame(text):
    data = text.encode("utf-8")
    return b"".join([header(1, len(data), False), data])
