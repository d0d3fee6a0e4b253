import codecs


class Assembler:
    def __init__(self):
        self.kind = None

    def add(self, opcode, fin, payload):
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if (opcode == 0) == (self.kind is None):
            return [("fail", 1002)]
        if opcode:
            self.kind, self.parts = opcode, []
            self.dec = codecs.getincrementaldecoder("utf-8")()
        try:
            self.parts.append(self.dec.decode(payload) if self.kind == 1 else payload)
        except UnicodeDecodeError:
            return [("fail", 1007)]
        if not fin:
            return []
        kind, self.kind = self.kind, None
        return [("message", ("" if kind == 1 else b"").join(self.parts))]
