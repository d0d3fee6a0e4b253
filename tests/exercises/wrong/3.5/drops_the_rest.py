class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        self.buffer += data
        head, end, _rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return b"", b""
        self.done = True
        return head + end, b""
