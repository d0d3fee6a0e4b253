FORMS = ((125, None, 0), (2**16 - 1, 126, 2), (2**63 - 1, 127, 8))


def header(opcode, length, masked):
    for most, sign, width in FORMS:
        if length <= most:
            out = bytearray([opcode, length if sign is None else sign])
            out[0] += 0b1000_0000
            out[1] += 0b1000_0000 * bool(masked)
            for place in range(width):
                out.append(length >> 8 * (width - 1 - place) & 255)
            return bytes(out)


def text_frame(text):
    frame = bytearray(header(1, len(bytes(text, "utf-8")), False))
    frame.extend(text.encode())
    return bytes(frame)
