NEVER = {1005, 1006, 1015}


class Ending:
    """Looks up what to do under (state, event)."""

    def __init__(self, timeout):
        self.timeout = timeout
        self.state = "open"
        self.deadline = None
        self.table = {
            ("open", "say"): self.say,
            ("open", "close"): self.close,
            ("open", "frame"): self.frame,
            ("open", "lost"): self.lost,
            ("closing", "frame"): self.frame,
            ("closing", "time"): self.time,
            ("closing", "lost"): self.lost,
        }

    def handle(self, event, now):
        name, *args = event
        self.now = now
        done = self.table.get((self.state, name))
        return list(done(*args)) if done else []

    def say(self, text):
        yield ("send", 1, text.encode())

    def close(self, code):
        if code in NEVER:
            raise ValueError(code)
        self.state, self.deadline = "closing", self.now + self.timeout
        yield ("send", 8, code.to_bytes(2, "big") if code else b"")

    def time(self):
        if self.now >= self.deadline:
            yield from self.lost()
            yield ("hang up",)

    def lost(self):
        self.state = "over"
        yield ("closed", 1006)

    def frame(self, opcode, payload):
        if opcode == 1:
            yield ("message", payload.decode())
        elif opcode == 9:
            yield ("send", 10, payload)
        elif opcode == 8:
            yield ("closed", int.from_bytes(payload[:2], "big") or 1005)
            if self.state == "open":
                yield ("send", 8, payload[:2])  # without the reason
            yield ("hang up",)
            self.state = "over"
