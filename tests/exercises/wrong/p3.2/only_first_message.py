class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = bytearray()

    def feed(self, piece):
        self.buffer += piece
        if len(self.buffer) < 2:
            return []
        end = 2 + int.from_bytes(self.buffer[:2], "big")
        if end > 2 + self.limit:
            raise ValueError("too long")
        if len(self.buffer) < end:
            return []
        packet = bytes(self.buffer[2:end])
        del self.buffer[:end]
        return [packet]

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
