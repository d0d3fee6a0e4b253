class Assembler:
    def __init__(self):
        self.kind, self.parts = None, []

    def add(self, opcode, fin, payload):
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if (opcode == 0) == (self.kind is None):
            return [("fail", 1002)]
        self.kind = opcode or self.kind
        try:
            self.parts.append(payload.decode() if self.kind == 1 else payload)
        except UnicodeDecodeError:
            return [("fail", 1007)]
        if not fin:
            return []
        kind, parts = self.kind, self.parts
        self.kind, self.parts = None, []
        return [("message", ("" if kind == 1 else b"").join(parts))]
