class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        self.buffer += data
        if self.done:
            frames, self.buffer = self.buffer, b""
            return b"", frames
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return b"", b""
        self.done, self.buffer = True, rest
        return head + end, b""
