def header(opcode, length, masked):
    first = 0b10000000 | opcode
    m = 0b10000000 if masked else 0
    if length < 126:
        return bytes([first, m | length])
    if length < 65536:
        return bytes([first, m | 126]) + length.to_bytes(2, "big")
    return bytes([first, m | 127]) + length.to_bytes(8, "big")


def text_frame(text):
    data = text.encode()
    return bytes([0x81, len(data)]) + data
