class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval, self.timeout = interval, timeout
        self.next_ping, self.deadline, self.over = now + interval, None, False

    def handle(self, event, now):
        if self.over:
            return []
        if event[0] == "closed":
            self.over = True
        elif event[0] == "time":
            if self.deadline is not None and now >= self.deadline:
                self.over = True
                return [("end", "ping timeout")]
            if now >= self.next_ping and self.deadline is None:
                self.next_ping, self.deadline = now + self.interval, now + self.timeout
                return [("send", "2")]
        elif event[1] == "3":
            self.deadline = None
        elif event[1] == "2":
            self.over = True
            return [("end", "transport error")]
        return []
