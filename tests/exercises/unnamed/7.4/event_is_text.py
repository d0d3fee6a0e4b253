class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval, self.timeout = interval, timeout
        self.next_ping, self.deadline, self.over = now + interval, None, False

    def handle(self, event, now):
        if self.over:
            return []
        if event == "closed":
            self.over = True
        elif event == "time":
            if self.deadline is not None and now >= self.deadline:
                self.over = True
                return [("end", "ping timeout")]
            if self.deadline is None and now >= self.next_ping:
                self.deadline = now + self.timeout
                return [("send", "2")]
        elif event[0] == "packet" and event[1] == "2":
            self.over = True
            return [("end", "transport error")]
        elif event == ("packet", "3"):
            self.deadline, self.next_ping = None, now + self.interval
        return []
