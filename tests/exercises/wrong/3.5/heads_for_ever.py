class Switch:
    def __init__(self):
        self.buffer = b""

    def receive(self, data):
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return b"", b""
        self.buffer = b""
        return head + end, rest
