def beats(interval, timeout, began):
    (kind, *rest), now = yield
    out = []
    due = began + interval
    waiting = False
    while True:
        out = []
        if kind == "closed":
            break
        if kind == "packet" and rest == ["2"]:
            out = [("end", "transport error")]
            break
        if kind == "packet" and rest == ["3"]:
            due, waiting = now + interval, False
        if kind == "time" and due <= now:
            if waiting:
                out = [("end", "ping timeout")]
                break
            waiting, due = True, now + timeout
            out = [("send", "2")]
        (kind, *rest), now = yield out
    while True:
        yield out
        out = []


class Heartbeat:
    def __init__(self, interval, timeout, now):
        self.run = beats(interval, timeout, now)
        next(self.run)

    def handle(self, event, now):
        return self.run.send((event, now))
