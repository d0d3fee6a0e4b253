class Sender:
    """The first of the queue is under way; an id is the number of messages before it."""

    def __init__(self, timeout, retries):
        self.timeout, self.tries = timeout, retries + 1
        self.queue, self.gone, self.sent, self.at = [], 0, 0, 0.0

    def send(self, now):
        self.sent, self.at = self.sent + 1, now
        return ["send", self.gone, self.queue[0]]

    def next(self):
        self.gone, self.sent = self.gone + 1, 0
        return self.queue.pop(0)

    def handle(self, event, now):
        did = []
        match event:
            case ("say", text):
                self.queue.append(text)
            case ("ack", id) if self.queue and self.sent and id == self.gone:
                self.next()
            case ("time",) if self.sent and now - self.at >= self.timeout:
                if self.sent == self.tries:
                    did.append(["fail", self.next()])
                else:
                    did.append(self.send(now))
        if self.queue and not self.sent:
            did.append(self.send(now))
        return did


class Receiver:
    """One message comes at a time, so the last one is enough."""

    def __init__(self):
        self.last, self.state = None, "failed"

    def handle(self, event):
        if event[1] != self.last:
            self.last, self.state = event[1], "new"
        if event[0] != "packet":
            self.state = event[0]
            return [["ack", self.last]] if self.state == "handled" else []
        if self.state == "handled":
            return [["ack", self.last]]
        if self.state == "busy":
            return []
        self.state = "busy"
        return [["handle", *event[1:]]]
