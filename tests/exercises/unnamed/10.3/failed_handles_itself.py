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
        self.state = {}
        self.text = {}

    def handle(self, event):
        kind, id = event[0], event[1]
        if kind == "packet":
            if self.state.get(id) == "done":
                return [("ack", id)]
            if self.state.get(id) == "busy":
                return []
            self.state[id] = "busy"
            self.text[id] = event[2]
            return [("handle", id, event[2])]
        if kind == "handled":
            self.state[id] = "done"
            return [("ack", id)]
        return [("handle", id, self.text[id])]
