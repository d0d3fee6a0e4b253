import secrets


class Unmasker:
    def __init__(self, key):
        self.key = key

    def feed(self, chunk):
        size = len(chunk)
        pad = (self.key * (size // 4 + 1))[:size]
        self.key = self.key[size % 4 :] + self.key[: size % 4]
        return (int.from_bytes(chunk, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")


def write(opcode, payload, client):
    key = secrets.token_bytes(4) if client else b""
    second = len(payload) + (128 if client else 0)
    if client:
        payload = Unmasker(key).feed(payload)
    return bytes([128 + opcode, second]) + key + payload
