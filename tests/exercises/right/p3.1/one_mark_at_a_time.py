class Lines:
    def __init__(self):
        self.waiting = bytearray()

    def feed(self, piece):
        self.waiting.extend(piece)
        found = []
        while (end := self.waiting.find(b"\r\n")) >= 0:
            found.append(self.waiting[:end].decode())
            del self.waiting[: end + 2]
        return found
