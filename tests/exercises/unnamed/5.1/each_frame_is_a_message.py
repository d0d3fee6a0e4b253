class Assembler:
    def add(self, opcode, fin, payload):
        if opcode == 9:
            return [("pong", payload)]
        if opcode == 1:
            return [("message", payload.decode())]
        if opcode == 2:
            return [("message", payload)]
        return []
