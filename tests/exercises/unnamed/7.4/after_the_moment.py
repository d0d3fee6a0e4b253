class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval = interval
        self.timeout = timeout
        self.next_ping = now + interval
        self.deadline = None
        self.over = False

    def handle(self, event, now):
        if self.over:
            return []
        if event[0] == "closed":
            self.over = True
        elif event[0] == "packet":
            if event[1] == "2":
                self.over = True
                return [("end", "transport error")]
            if event[1] == "3":
                self.deadline = None
                self.next_ping = now + self.interval
        elif self.deadline is not None:
            if now > self.deadline:
                self.over = True
                return [("end", "ping timeout")]
        elif now > self.next_ping:
            self.deadline = now + self.timeout
            return [("send", "2")]
        return []
