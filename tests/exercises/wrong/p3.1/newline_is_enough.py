class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        *lines, self.buffer = self.buffer.split(b"\n")
        return [line.rstrip(b"\r").decode() for line in lines]
