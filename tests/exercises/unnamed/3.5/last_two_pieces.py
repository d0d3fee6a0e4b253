class Switch:
    def __init__(self):
        self.head, self.tail, self.done = b"", b"", False

    def receive(self, data):
        if self.done:
            return b"", data
        self.head += data
        window = self.tail + data
        at = window.find(b"\r\n\r\n")
        self.tail = data[-3:]
        if at < 0:
            return b"", b""
        self.done = True
        end = len(self.head) - len(window) + at + 4
        return self.head[:end], self.head[end:]
