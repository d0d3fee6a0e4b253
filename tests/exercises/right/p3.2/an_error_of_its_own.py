class TooLong(ValueError):
    pass


class Packets:
    def __init__(self, limit):
        self.limit = limit
        self.buffer = bytearray()

    def feed(self, piece):
        self.buffer.extend(piece)
        found = []
        while len(self.buffer) >= 2:
            length = self.buffer[0] << 8 | self.buffer[1]
            if length > self.limit:
                raise TooLong(length)
            if len(self.buffer) - 2 < length:
                break
            found.append(bytes(self.buffer[2 : 2 + length]))
            del self.buffer[: 2 + length]
        return found

    def end(self):
        if self.buffer:
            raise TooLong(len(self.buffer))
