class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        if len(self.buffer) > 1 and int.from_bytes(self.buffer[:2], "big") > self.limit:
            raise ValueError("too long")
        found = []
        while len(self.buffer) > 1:
            end = 2 + int.from_bytes(self.buffer[:2], "big")
            if end > len(self.buffer):
                break
            found.append(self.buffer[2:end])
            self.buffer = self.buffer[end:]
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
