class Switch:
    def __init__(self):
        self.head = bytearray()
        self.over = False

    def receive(self, data):
        if self.over:
            return b"", data
        for place, byte in enumerate(data, 1):
            self.head.append(byte)
            if self.head.endswith(b"\r\n\r\n"):
                self.over = True
                return bytes(self.head), data[place:]
        return b"", b""
