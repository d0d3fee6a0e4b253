class Switch:
    def __init__(self):
        self.done = False

    def receive(self, data):
        if self.done:
            return b"", data
        head, end, rest = data.partition(b"\r\n\r\n")
        self.done = bool(end)
        return (head + end, rest) if end else (b"", b"")
