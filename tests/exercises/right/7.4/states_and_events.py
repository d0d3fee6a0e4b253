class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval, self.timeout = interval, timeout
        self.since, self.state = now, "quiet"

    def handle(self, event, now):
        match self.state, event:
            case "over", _:
                return []
            case _, ("closed",):
                self.state = "over"
            case _, ("packet", "2"):
                self.state = "over"
                return [("end", "transport error")]
            case _, ("packet", "3"):
                self.since, self.state = now, "quiet"
            case "asked", ("packet", _):
                self.since, self.state = now, "heard"
            case "quiet", ("time",) if now - self.since >= self.interval:
                self.since, self.state = now, "asked"
                return [("send", "2")]
            case (("asked" | "heard"), ("time",)) if now - self.since >= self.timeout:
                self.state = "over"
                return [("end", "ping timeout")]
        return []
