class Lines:
    def __init__(self):
        self.buffer = b""
        self.lines = []

    def feed(self, piece):
        self.buffer += piece
        while b"\r\n" in self.buffer:
            line, self.buffer = self.buffer.split(b"\r\n", 1)
            self.lines.append(line.decode())
        return self.lines
