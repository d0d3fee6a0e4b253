import os


class Unmasker:
    def __init__(self, key):
        self.key, self.at = key, 0

    def feed(self, chunk):
        out = bytes(a ^ b for a, b in zip(chunk, self.key, strict=False))
        self.at += len(chunk)
        return out


def write(opcode, payload, client):
    if not client:
        return bytes([0x80 | opcode, len(payload)]) + payload
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
