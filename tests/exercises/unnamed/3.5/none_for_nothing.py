class Switch:
    def __init__(self):
        self.buffer, self.done = b"", False

    def receive(self, data):
        if self.done:
            return None, data
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return None, None
        self.done = True
        return head + end, rest or None
