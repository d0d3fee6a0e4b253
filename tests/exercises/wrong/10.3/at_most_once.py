class Sender:
    def __init__(self, timeout, retries):
        self.waiting, self.id, self.busy = [], 0, False

    def handle(self, event, now):
        if event[0] == "say":
            self.waiting.append(event[1])
        elif event == ("ack", self.id):
            self.busy = False
        if self.busy or not self.waiting:
            return []
        self.busy, self.id = True, self.id + 1
        return [("send", self.id, self.waiting.pop(0))]


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
