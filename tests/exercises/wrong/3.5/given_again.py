class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        self.buffer += data
        if self.done:
            return b"", self.buffer
        at = self.buffer.find(b"\r\n\r\n")
        if at < 0:
            return b"", b""
        self.done = True
        head, self.buffer = self.buffer[: at + 4], self.buffer[at + 4 :]
        return head, self.buffer
