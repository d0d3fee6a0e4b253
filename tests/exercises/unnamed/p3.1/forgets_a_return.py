class Lines:
    def __init__(self):
        self.buffer = b""
        self.half = False

    def feed(self, piece):
        if not piece:
            return []
        lines = []
        if self.half and piece.startswith(b"\n"):
            lines.append(self.buffer)
            self.buffer = b""
            piece = piece[1:]
        self.half = piece.endswith(b"\r")
        if self.half:
            piece = piece[:-1]
        *more, self.buffer = (self.buffer + piece).split(b"\r\n")
        return [line.decode() for line in lines + more]
