class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        if b"\r\n" not in self.buffer:
            return []
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return [line.decode()]
