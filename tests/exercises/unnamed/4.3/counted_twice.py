import os


class Unmasker:
    def __init__(self, key):
        self.key, self.at = key, 0

    def feed(self, chunk):
        out = bytearray()
        for i, byte in enumerate(chunk):
            out.append(byte ^ self.key[(self.at + i) % 4])
            self.at += 1
        return bytes(out)


def write(opcode, payload, client):
    if not client:
        return bytes([0x80 | opcode, len(payload)]) + payload
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
