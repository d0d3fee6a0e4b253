class Packets:
    def __init__(self, limit):
        self.limit, self.buffer = limit, b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if length > self.limit:
                raise ValueError("too long")
            message = self.buffer[2 : 2 + length]
            if not message or len(message) < length:
                break
            found.append(message)
            self.buffer = self.buffer[2 + length :]
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
