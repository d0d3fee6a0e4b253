class Packets:
    def __init__(self, limit):
        self.limit, self.buffer = limit, b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            end = 2 + int.from_bytes(self.buffer[:2], "big")
            if len(self.buffer) < end:
                break
            message, self.buffer = self.buffer[2:end], self.buffer[end:]
            if len(message) > self.limit:
                raise ValueError("too long")
            found.append(message)
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
