class Ending:
    def __init__(self, timeout):
        self.timeout = timeout
        self.closing_at = None
        self.told = False

    def handle(self, event, now):
        kind = event[0]
        if kind == "close" and self.closing_at is None and not self.told:
            code = event[1]
            if code in (1005, 1006, 1015):
                raise ValueError(code)
            self.closing_at = now
            payload = b"" if code is None else code.to_bytes(2, "big")
            return [("send", 8, payload), *self.closed(1005 if code is None else code)]
        if kind == "say" and self.closing_at is None and not self.told:
            return [("send", 1, event[1].encode())]
        if kind == "time" and self.closing_at is not None:
            if now - self.closing_at < self.timeout:
                return []
            self.closing_at = None
            return [*self.closed(1006), ("hang up",)]
        if kind == "lost":
            self.closing_at = None
            return self.closed(1006)
        if kind != "frame" or (self.told and self.closing_at is None):
            return []
        if event[1] == 1:
            return [("message", event[2].decode())]
        if event[1] == 9:
            return [("send", 10, event[2])]
        if event[1] == 10:
            return []
        echo = [("send", 8, event[2])] if self.closing_at is None else []
        self.closing_at = None
        code = int.from_bytes(event[2][:2], "big") if event[2] else 1005
        return [*echo, *self.closed(code), ("hang up",)]

    def closed(self, code):
        if self.told:
            return []
        self.told = True
        return [("closed", code)]
