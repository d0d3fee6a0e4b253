class Lines:
    def __init__(self):
        self.pieces = []

    def feed(self, piece):
        self.pieces.append(piece)
        data = b"".join(self.pieces)
        if data[-2:] != b"\r\n":
            return []
        self.pieces = []
        return data[:-2].decode().split("\r\n")
