class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        *lines, self.buffer = (self.buffer + piece).split(b"\r\n")
        return [line.decode() + "\r\n" for line in lines]
