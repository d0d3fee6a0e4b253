class Ending:
    def __init__(self, timeout):
        self.timeout = timeout
        self.code = None  # of this end
        self.deadline = None
        self.done = False

    def handle(self, event, now):
        what, *rest = event
        if self.done:
            return []
        if what == "say":
            return [] if self.deadline else [("send", 1, rest[0].encode())]
        if what == "close":
            if rest[0] in (1005, 1006, 1015):
                raise ValueError("not on the wire")
            if self.deadline:
                return []
            self.code, self.deadline = rest[0] or 1005, now + self.timeout
            return [("send", 8, rest[0].to_bytes(2, "big") if rest[0] else b"")]
        if what == "time":
            if self.deadline is None or now < self.deadline:
                return []
            self.done = True
            return [("closed", 1006), ("hang up",)]
        if what == "lost":
            self.done = True
            return [("closed", 1006)]
        opcode, payload = rest
        if opcode == 1:
            return [("message", payload.decode())]
        if opcode == 9:
            return [("send", 10, payload)]
        if opcode == 10:
            return []
        self.done = True
        if self.deadline:
            return [("closed", self.code), ("hang up",)]
        theirs = int.from_bytes(payload[:2], "big") or 1005
        return [("send", 8, payload), ("closed", theirs), ("hang up",)]
