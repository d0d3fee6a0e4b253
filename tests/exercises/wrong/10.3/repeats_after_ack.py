class Sender:
    def __init__(self, timeout, retries):
        self.timeout, self.retries = timeout, retries
        self.waiting, self.id, self.text, self.free = [], 0, None, True

    def next(self, now):
        if not self.free or not self.waiting:
            return []
        self.text, self.id, self.free = self.waiting.pop(0), self.id + 1, False
        self.repeats, self.until = 0, now + self.timeout
        return [("send", self.id, self.text)]

    def handle(self, event, now):
        if event[0] == "say":
            self.waiting.append(event[1])
        elif event == ("ack", self.id):
            self.free = True
        elif event == ("time",) and self.text is not None and now >= self.until:
            if self.repeats < self.retries:
                self.repeats += 1
                self.until = now + self.timeout
                return [("send", self.id, self.text)]
            text, self.text, self.free = self.text, None, True
            return [("fail", text), *self.next(now)]
        return self.next(now)


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
