class Packets:
    def __init__(self, limit):
        self.limit, self.buffer = limit, b""

    def feed(self, piece):
        self.buffer += piece
        found = []
        while len(self.buffer) >= 2:
            length = int.from_bytes(self.buffer[:2], "big")
            if length > self.limit:
                raise ValueError("too long")
            text = self.buffer[2:].decode()
            if len(text) < length:
                break
            found.append(text[:length].encode())
            self.buffer = text[length:].encode()
        return found

    def end(self):
        if self.buffer:
            raise ValueError("half a packet")
