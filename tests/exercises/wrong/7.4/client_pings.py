class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.limit, self.over = interval + timeout, False
        self.heard = now

    def handle(self, event, now):
        if self.over:
            return []
        if event == ("closed",):
            self.over = True
        if event == ("packet", "2"):
            self.heard = now
            return [("send", "3")]
        if event == ("time",) and now - self.heard >= self.limit:
            self.over = True
            return [("end", "ping timeout")]
        return []
