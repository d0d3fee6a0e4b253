class Packets:
    def __init__(self, limit):
        self.limit, self.length, self.buffer = limit, None, b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while self.buffer:
            if self.length is None:
                self.length = int.from_bytes(self.buffer[:2], "big")
                self.buffer = self.buffer[2:]
                if self.length > self.limit:
                    raise ValueError("too long")
            if len(self.buffer) < self.length:
                break
            found.append(self.buffer[: self.length])
            self.buffer = self.buffer[self.length :]
            self.length = None
        return found

    def end(self):
        if self.buffer or self.length is not None:
            raise ValueError("half a packet")
