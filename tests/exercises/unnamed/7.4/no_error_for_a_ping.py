class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval, self.timeout = interval, timeout
        self.until, self.asked, self.over = now + interval, False, False

    def handle(self, event, now):
        if self.over:
            return []
        if event[0] == "closed":
            self.over = True
        elif event[0] == "time" and now >= self.until:
            if self.asked:
                self.over = True
                return [("end", "ping timeout")]
            self.asked, self.until = True, now + self.timeout
            return [("send", "2")]
        elif event == ("packet", "3") and self.asked:
            self.asked, self.until = False, now + self.interval
        return []
