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
    """What was handled is never forgotten; what is being handled is, at its end."""

    def __init__(self):
        self.begun, self.had_effect = [], []

    def handle(self, event):
        what, id, *_ = event
        if what == "packet" and id not in self.begun + self.had_effect:
            self.begun.append(id)
            return [["handle", *event[1:]]]
        if what != "packet":
            self.begun.remove(id)
        if what == "handled":
            self.had_effect.append(id)
        return [["ack", id]] if id in self.had_effect else []
