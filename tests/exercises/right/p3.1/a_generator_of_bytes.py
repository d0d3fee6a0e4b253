def reader():
    line, found = bytearray(), None
    while True:
        line.append((yield found))
        found = None
        if line.endswith(b"\r\n"):
            found = line[:-2].decode()
            line = bytearray()


class Lines:
    def __init__(self):
        self.reader = reader()
        next(self.reader)

    def feed(self, piece):
        lines = [self.reader.send(byte) for byte in piece]
        return [line for line in lines if line is not None]
