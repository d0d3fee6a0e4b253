def header(opcode, length, masked):
    first, mark = (0 if opcode >= 8 else 0x80) | opcode, 0x80 if masked else 0
    if length < 126:
        return bytes([first, mark | length])
    if length < 65536:
        return bytes([first, mark | 126]) + length.to_bytes(2, "big")
    return bytes([first, mark | 127]) + length.to_bytes(8, "big")


def text_frame(text):
    payload = text.encode()
    return header(1, len(payload), False) + payload
