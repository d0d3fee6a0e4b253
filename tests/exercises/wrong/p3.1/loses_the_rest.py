class Lines:
    def feed(self, piece):
        *lines, _ = piece.split(b"\r\n")
        return [line.decode() for line in lines]
