class Ending:
    def __init__(self, timeout):
        self.timeout, self.state, self.since = timeout, "open", 0.0

    def handle(self, event, now):
        kind, state = event[0], self.state
        if state == "over":
            return []
        if kind == "say" and state != "open":
            raise RuntimeError("closed")
        if kind == "say":
            return [("send", 1, event[1].encode())]
        if kind == "close" and state == "open":
            if event[1] in (1005, 1006, 1015):
                raise ValueError(f"{event[1]} is never sent")
            self.state, self.since, self.code = "closing", now, event[1]
            return [("send", 8, b"" if event[1] is None else event[1].to_bytes(2, "big"))]
        if kind == "frame":
            return self.frame(event[1], event[2])
        if kind == "lost":
            self.state = "over"
            return [("closed", 1006)]
        if kind == "time" and state == "closing" and now >= self.since + self.timeout:
            self.state = "over"
            return [("closed", 1006), ("hang up",)]
        return []

    def frame(self, opcode, payload):
        if opcode == 1:
            return [("message", payload.decode())]
        if opcode == 9:
            return [("send", 10, payload)]
        if opcode == 10:
            return []
        echo = [("send", 8, payload)] if self.state == "open" else []
        self.state = "over"
        code = int.from_bytes(payload[:2], "big") if payload else 1005
        return [*echo, ("closed", code), ("hang up",)]
