class Heartbeat:
    ping_at = None
    dead_at = None

    def __init__(self, interval, timeout, now):
        self.interval = interval
        self.timeout = timeout
        self.ping_at = now + interval

    def stop(self):
        self.ping_at = self.dead_at = None

    def handle(self, event, now):
        alive = self.ping_at is not None or self.dead_at is not None
        actions = []
        match event:
            case ("closed",):
                self.stop()
            case ("packet", "2") if alive:
                self.stop()
                actions.append(("end", "transport error"))
            case ("packet", "3") if self.dead_at is not None:
                self.dead_at, self.ping_at = None, now + self.interval
            case ("time",):
                if self.dead_at is not None and self.dead_at <= now:
                    self.stop()
                    actions.append(("end", "ping timeout"))
                elif self.ping_at is not None and self.ping_at <= now:
                    self.ping_at, self.dead_at = None, now + self.timeout
                    actions.append(("send", "2"))
        return actions
