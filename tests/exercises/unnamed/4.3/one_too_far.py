import os


class Unmasker:
    def __init__(self, key):
        self.key = key
        self.n = 0

    def feed(self, chunk):
        out = bytes([b ^ self.key[(self.n + i) % 4] for i, b in enumerate(chunk)])
        self.n += len(chunk) + 1
        return out


def write(opcode, payload, client):
    first = 0x80 | opcode
    if not client:
        return bytes([first, len(payload)]) + payload
    key = os.urandom(4)
    return bytes([first, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
