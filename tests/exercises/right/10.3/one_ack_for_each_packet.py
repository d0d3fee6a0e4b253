class Sender:
    def __init__(self, timeout, retries):
        self.timeout, self.retries = timeout, retries
        self.waiting, self.text, self.id = [], None, 0

    def handle(self, event, now):
        did = []
        if event[0] == "say":
            self.waiting.append(event[1])
        elif event == ("ack", self.id):
            self.text = None
        elif event == ("time",) and self.text is not None and now >= self.until:
            if self.repeats < self.retries:
                self.repeats, self.until = self.repeats + 1, now + self.timeout
                return [("send", self.id, self.text)]
            did.append(("fail", self.text))
            self.text = None
        if self.text is None and self.waiting:
            self.text, self.id = self.waiting.pop(0), self.id + 1
            self.repeats, self.until = 0, now + self.timeout
            did.append(("send", self.id, self.text))
        return did


class Receiver:
    def __init__(self):
        self.done = set()
        self.busy = {}

    def handle(self, event):
        kind, id = event[0], event[1]
        if kind == "packet":
            if id in self.done:
                return [("ack", id)]
            self.busy[id] = self.busy.get(id, 0) + 1
            return [("handle", id, event[2])] if self.busy[id] == 1 else []
        count = self.busy.pop(id)
        if kind == "failed":
            return []
        self.done.add(id)
        return [("ack", id)] * count
