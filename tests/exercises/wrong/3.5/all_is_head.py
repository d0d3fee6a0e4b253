class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        self.buffer += data
        if b"\r\n\r\n" not in self.buffer:
            return b"", b""
        self.done = True
        return self.buffer, b""
