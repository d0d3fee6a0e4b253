def packets(limit, found):
    while True:
        high = yield True
        low = yield False
        length = high << 8 | low
        if length > limit:
            raise ValueError(length)
        body = bytearray(length)
        for place in range(length):
            body[place] = yield False
        found.append(bytes(body))


class Packets:
    def __init__(self, limit):
        self.found = []
        self.machine = packets(limit, self.found)
        self.between = next(self.machine)

    def feed(self, piece):
        for byte in piece:
            self.between = self.machine.send(byte)
        found = self.found.copy()
        self.found.clear()
        return found

    def end(self):
        assert self.between in (True, False)
        if not self.between:
            raise ValueError("half a packet")
        return True
