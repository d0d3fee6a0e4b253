class Switch:
    def __init__(self):
        self.steps = self.run()
        next(self.steps)

    def run(self):
        data = yield
        while b"\r\n\r\n" not in data:
            data += yield b"", b""
        head, end, rest = data.partition(b"\r\n\r\n")
        data = yield head + end, rest
        while True:
            data = yield b"", data

    def receive(self, data):
        return self.steps.send(data)
