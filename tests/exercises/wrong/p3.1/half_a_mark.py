class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        first, *more = piece.split(b"\r\n")
        lines = [self.buffer + first, *more]
        self.buffer = lines.pop()
        return [line.decode() for line in lines]
