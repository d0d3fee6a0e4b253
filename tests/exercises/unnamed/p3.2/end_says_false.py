class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if length > self.limit:
                raise ValueError("too long")
            if len(self.buffer) < 2 + length:
                break
            found.append(self.buffer[2 : 2 + length])
            self.buffer = self.buffer[2 + length :]
        return found

    def end(self):
        return self.buffer == b""
