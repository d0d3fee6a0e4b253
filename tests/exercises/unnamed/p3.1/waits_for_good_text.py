class Lines:
    def __init__(self):
        self.buffer = b""

    def feed(self, piece):
        self.buffer += piece
        try:
            text = self.buffer.decode()
        except UnicodeDecodeError:
            return []  # in the middle of a letter
        *lines, rest = text.split("\r\n")
        self.buffer = rest.encode()
        return lines
