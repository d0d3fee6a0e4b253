class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        if b"\r\n\r\n" in data:
            head, end, rest = data.partition(b"\r\n\r\n")
            self.done = True
            return self.buffer + head + end, rest
        self.buffer += data
        return b"", b""
