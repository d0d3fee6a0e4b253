class Lines:
    def __init__(self):
        self.buffer = bytearray()

    def feed(self, piece):
        self.buffer += piece
        lines = []
        while b"\r\n" in self.buffer:
            end = self.buffer.index(b"\r\n") + 2
            lines.append(self.buffer[:end].decode().rstrip())
            del self.buffer[:end]
        return lines
