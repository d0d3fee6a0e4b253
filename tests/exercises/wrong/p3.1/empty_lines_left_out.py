class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        *lines, self.buffer = self.buffer.split(b"\r\n")
        return [line.decode() for line in lines if line]
