class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        self.buffer += data
        head, end, rest = self.buffer.rpartition(b"\r\n\r\n")
        self.done = bool(end)
        return (head + end, rest) if end else (b"", b"")
