class Assembler:
    parts, kind = [], None

    def add(self, opcode, fin, payload):
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if opcode and self.kind:
            return [("fail", 1002)]
        if not opcode and not self.kind:
            return [("fail", 1002)]
        self.kind = self.kind or opcode
        self.parts.append(payload)
        if not fin:
            return []
        data = b"".join(self.parts)
        self.parts.clear()
        kind, self.kind = self.kind, None
        if kind == 2:
            return [("message", data)]
        try:
            return [("message", data.decode())]
        except UnicodeDecodeError:
            return [("fail", 1007)]
