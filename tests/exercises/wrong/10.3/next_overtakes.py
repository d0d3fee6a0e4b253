class Sender:
    def __init__(self, timeout, retries):
        self.timeout, self.retries = timeout, retries
        self.open, self.count = {}, 0

    def handle(self, event, now):
        if event[0] == "say":
            self.count += 1
            self.open[self.count] = [event[1], self.retries, now + self.timeout]
            return [("send", self.count, event[1])]
        if event[0] == "ack":
            self.open.pop(event[1], None)
            return []
        actions = []
        for id, one in list(self.open.items()):
            if now < one[2]:
                continue
            if one[1] == 0:
                del self.open[id]
                actions.append(("fail", one[0]))
            else:
                one[1], one[2] = one[1] - 1, now + self.timeout
                actions.append(("send", id, one[0]))
        return actions


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
