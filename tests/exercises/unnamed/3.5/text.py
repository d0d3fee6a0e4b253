class Switch:
    def __init__(self):
        self.buffer, self.done = "", False

    def receive(self, data):
        if self.done:
            return b"", data
        self.buffer += data.decode()
        head, end, rest = self.buffer.partition("\r\n\r\n")
        if not end:
            return b"", b""
        self.done = True
        return (head + end).encode(), rest.encode()
