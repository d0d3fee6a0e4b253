class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.rest = b""

    def feed(self, piece):
        found = []
        while len(piece) >= 2:
            length = piece[0] * 256 + piece[1]
            if length > self.limit:
                raise ValueError("too long")
            if len(piece) < 2 + length:
                break
            found.append(piece[2 : 2 + length])
            piece = piece[2 + length :]
        self.rest = piece
        return found

    def end(self):
        if self.rest:
            raise ValueError("half a packet")
