import os


class Unmasker:
    def __init__(self, key):
        self.key, self.at = key, 0

    def feed(self, chunk):
        out = bytes([byte ^ self.key[(self.at + i) % 4] for i, byte in enumerate(chunk)])
        self.at += len(chunk)
        return out


def write(opcode, payload, client):
    if not client:
        return bytes([0x80 | opcode, 0x80 | len(payload)]) + payload
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
