import codecs


class Assembler:
    """Decodes while it reads, and fails as soon as it is certain."""

    def __init__(self):
        self.decoder = None
        self.parts = []
        self.under_way = False

    def add(self, opcode, fin, payload):
        actions = []
        match opcode:
            case 9:
                actions.append(("pong", payload))
            case 10:
                pass
            case 0 if not self.under_way:
                actions.append(("fail", 1002))
            case 1 | 2 if self.under_way:
                actions.append(("fail", 1002))
            case _:
                if not self.under_way:
                    self.under_way = True
                    text = opcode == 1
                    self.decoder = codecs.getincrementaldecoder("utf-8")() if text else None
                    self.parts = []
                try:
                    part = self.decoder.decode(payload, fin) if self.decoder else payload
                except UnicodeDecodeError:
                    return [("fail", 1007)]
                self.parts.append(part)
                if fin:
                    self.under_way = False
                    empty = "" if self.decoder else b""
                    actions.append(("message", empty.join(self.parts)))
        return actions
