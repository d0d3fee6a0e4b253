class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.waits = {"idle": interval, "asked": timeout}
        self.go("idle", now)

    def go(self, state, now):
        self.state, self.since, self.extended = state, now, False

    def handle(self, event, now):
        if self.state == "over":
            return []
        what = event[-1]
        if what == "closed":
            self.go("over", now)
        if what == "2":
            self.go("over", now)
            return [["end", "transport error"]]
        if what == "3" and self.state == "asked":
            self.go("idle", now)
        elif what not in ("3", "time", "closed") and self.state == "asked" and not self.extended:
            self.since, self.extended = now, True
        if what == "time" and now - self.since >= self.waits[self.state]:
            if self.state == "asked":
                self.go("over", now)
                return [["end", "ping timeout"]]
            self.go("asked", now)
            return [["send", "2"]]
        return []
