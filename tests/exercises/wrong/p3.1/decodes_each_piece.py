class Lines:
    def __init__(self):
        self.buffer = ""

    def feed(self, piece):
        self.buffer += piece.decode()
        *lines, self.buffer = self.buffer.split("\r\n")
        return lines
