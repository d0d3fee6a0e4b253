class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        if len(self.buffer) > self.limit + 2:
            raise ValueError("too many bytes")
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if len(self.buffer) < 2 + length:
                break
            found.append(self.buffer[2 : 2 + length])
            self.buffer = self.buffer[2 + length :]
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
