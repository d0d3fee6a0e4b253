class Packets:
    def __init__(self, limit):
        self.limit, self.length, self.buffer = limit, None, b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= (2 if self.length is None else self.length):
            size = 2 if self.length is None else self.length
            part, self.buffer = self.buffer[:size], self.buffer[size:]
            if self.length is None:
                self.length = int.from_bytes(part, "big")
                if self.length > self.limit:
                    raise ValueError("too long")
            else:
                found.append(part)
                self.length = None
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
