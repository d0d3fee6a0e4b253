import random


class Unmasker:
    def __init__(self, key):
        self.key = list(key)
        self.position = 0

    def feed(self, chunk):
        result = []
        for byte in chunk:
            result.append(byte ^ self.key[self.position])
            self.position = (self.position + 1) % 4
        return bytes(result)


def write(opcode, payload, client):
    head = bytes([0x80 | opcode])
    if not client:
        return head + bytes([len(payload)]) + payload
    key = bytes(random.randrange(256) for _ in range(4))
    return head + bytes([0x80 | len(payload)]) + key + Unmasker(key).feed(payload)
