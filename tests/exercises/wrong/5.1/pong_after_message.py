class Assembler:
    def __init__(self):
        self.kind, self.data, self.pongs = None, b"", []

    def add(self, opcode, fin, payload):
        if opcode == 9:
            if self.kind is None:
                return [("pong", payload)]
            self.pongs.append(("pong", payload))
            return []
        if opcode == 10:
            return []
        if (opcode == 0) == (self.kind is None):
            return [("fail", 1002)]
        self.kind = opcode or self.kind
        self.data += payload
        if not fin:
            return []
        kind, data = self.kind, self.data
        pongs, self.pongs = self.pongs, []
        self.kind, self.data = None, b""
        if kind == 2:
            return [("message", data), *pongs]
        try:
            return [("message", data.decode()), *pongs]
        except UnicodeDecodeError:
            return [("fail", 1007)]
