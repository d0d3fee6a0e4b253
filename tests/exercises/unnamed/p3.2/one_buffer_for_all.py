class Packets:
    buffer = bytearray()

    def __init__(self, limit):
        self.limit = limit

    def feed(self, piece):
        self.buffer.extend(piece)
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if length > self.limit:
                raise ValueError("too long")
            if len(self.buffer) < 2 + length:
                break
            found.append(bytes(self.buffer[2 : 2 + length]))
            del self.buffer[: 2 + length]
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
