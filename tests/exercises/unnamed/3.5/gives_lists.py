class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return [b"", data]
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        self.done = end >= 0
        return [self.buffer[: end + 4], self.buffer[end + 4 :]] if self.done else [b"", b""]
