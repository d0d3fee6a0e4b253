class Assembler:
    def __init__(self):
        self.kind, self.data = None, b""

    def add(self, opcode, fin, payload):
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if (opcode == 0) == (self.kind is None):
            return [("fail", 1002)]
        self.kind = opcode or self.kind
        self.data += payload
        if not fin:
            return []
        data = self.data
        self.kind, self.data = None, b""
        if opcode == 2:
            return [("message", data)]
        try:
            return [("message", data.decode())]
        except UnicodeDecodeError:
            return [("fail", 1007)]
