class Lines:
    def __init__(self):
        self.line, self.half = b"", False

    def feed(self, piece):
        lines = []
        for at in range(len(piece)):
            byte = piece[at : at + 1]
            if self.half and byte == b"\n":
                lines.append(self.line.decode())
                self.line = b""
            elif self.half:
                self.line += b"\r" + byte
            elif byte != b"\r":
                self.line += byte
            self.half = byte == b"\r" and not self.half
        return lines
