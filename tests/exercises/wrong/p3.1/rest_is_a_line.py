class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        lines = self.buffer.split(b"\r\n")
        self.buffer = lines[-1]
        return [line.decode() for line in lines]
