class Lines:
    buffer = b""

    def feed(self, piece):
        Lines.buffer += piece
        *lines, Lines.buffer = Lines.buffer.split(b"\r\n")
        return [line.decode() for line in lines]
