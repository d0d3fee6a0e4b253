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
            if self.next_ping is not None and now >= self.next_ping:
                self.next_ping, self.deadline = None, now + self.timeout
                return [("send", "2")]
        elif event[1] == "3":
            self.next_ping = now + self.interval
        elif event[1] == "2":
            self.over = True
            return [("end", "transport error")]
        return []
