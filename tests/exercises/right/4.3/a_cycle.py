import itertools
import random


class Unmasker:
    def __init__(self, key):
        self.turning = itertools.cycle(key)

    def feed(self, chunk):
        out = bytearray()
        for byte in chunk:
            out.append(byte ^ next(self.turning))
        return bytes(out)


def write(opcode, payload, client):
    frame = bytearray([0x80 + opcode, len(payload)])
    if client:
        key = random.SystemRandom().randbytes(4)
        frame[1] |= 0x80
        frame += key
        payload = Unmasker(key).feed(payload)
    return bytes(frame + payload)
