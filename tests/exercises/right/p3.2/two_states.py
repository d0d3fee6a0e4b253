class Packets:
    def __init__(self, limit):
        self.limit, self.length, self.data = limit, None, bytearray()

    def feed(self, piece):
        self.data += piece
        found = []
        while len(self.data) >= (2 if self.length is None else self.length):
            if self.length is None:
                self.length = self.data[0] * 256 + self.data[1]
                if self.length > self.limit:
                    raise ValueError("too long")
                del self.data[:2]
            else:
                found.append(bytes(self.data[: self.length]))
                del self.data[: self.length]
                self.length = None
        return found

    def end(self):
        if self.length is not None or self.data:
            raise ValueError("the end came in the middle of a packet")
