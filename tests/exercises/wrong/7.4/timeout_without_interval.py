class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.interval, self.timeout = interval, timeout
        self.last_pong, self.asked, self.over = now, False, False

    def handle(self, event, now):
        if self.over:
            return []
        if event[0] == "closed":
            self.over = True
        elif event[0] == "time":
            silent = now - self.last_pong
            if silent >= self.timeout:
                self.over = True
                return [("end", "ping timeout")]
            if silent >= self.interval and not self.asked:
                self.asked = True
                return [("send", "2")]
        elif event[1] == "3":
            self.asked, self.last_pong = False, now
        elif event[1] == "2":
            self.over = True
            return [("end", "transport error")]
        return []
