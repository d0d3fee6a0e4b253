class Lines:
    def __init__(self):
        self.rest = b""

    def feed(self, piece):
        *lines, self.rest = (piece + self.rest).split(b"\r\n")
        return [str(line, "utf-8") for line in lines]
