def header(opcode, length, masked):
    fin_and_opcode = 0x80 + opcode
    size = length + 4 if masked else length
    flag = 0x80 if masked else 0
    if size <= 125:
        return bytes([fin_and_opcode, flag + size])
    if size <= 0xFFFF:
        return bytes([fin_and_opcode, flag + 126]) + size.to_bytes(2, "big")
    return bytes([fin_and_opcode, flag + 127]) + size.to_bytes(8, "big")


def text_frame(text):
    data = text.encode("utf-8")
    return header(1, len(data), False) + data
