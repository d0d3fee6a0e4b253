class Sender:
    def __init__(self, timeout, retries):
        self.timeout = timeout
        self.retries = retries
        self.queue = []
        self.current = None
        self.id = 0

    def start_next(self, now):
        if self.current is not None or not self.queue:
            return []
        self.current = self.queue.pop(0)
        self.id += 1
        self.left = self.retries
        self.deadline = now + self.timeout
        return [("send", self.id, self.current)]

    def handle(self, event, now):
        if event[0] == "say":
            self.queue.append(event[1])
            return self.start_next(now)
        if event[0] == "ack":
            if event[1] == self.id:
                self.current = None
            return self.start_next(now)
        if self.current is None or now < self.deadline:
            return []
        if self.left:
            self.left -= 1
            return [("send", self.id, self.current)]
        failed = self.current
        self.current = None
        return [("fail", failed), *self.start_next(now)]


class Receiver:
    def __init__(self):
        self.working, self.done = set(), set()

    def handle(self, event):
        if event[0] == "packet":
            _, id, text = event
            if id in self.done:
                return [("ack", id)]
            if id in self.working:
                return []
            self.working.add(id)
            return [("handle", id, text)]
        self.working.discard(event[1])
        if event[0] == "handled":
            self.done.add(event[1])
            return [("ack", event[1])]
        return []
