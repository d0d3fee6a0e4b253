class Assembler:
    kind, parts = None, []

    def add(self, opcode, fin, payload):
        cls = Assembler
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 10:
            return []
        if (opcode == 0) == (cls.kind is None):
            cls.kind = None
            cls.parts.clear()
            return [("fail", 1002)]
        cls.kind = cls.kind or opcode
        cls.parts.append(payload)
        if not fin:
            return []
        kind, data = cls.kind, b"".join(cls.parts)
        cls.kind = None
        cls.parts.clear()
        try:
            return [("message", data.decode() if kind == 1 else data)]
        except UnicodeDecodeError:
            return [("fail", 1007)]
