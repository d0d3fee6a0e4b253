class Switch:
    def __init__(self):
        self.seen, self.done = b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        before = len(self.seen)
        self.seen += data
        at = self.seen.find(b"\r\n\r\n")
        if at < 0:
            return data, b""
        self.done = True
        return data[: at + 4 - before], data[at + 4 - before :]
