class Sender:
    def __init__(self, timeout, retries):
        self.timeout, self.retries = timeout, retries
        self.queue = []
        self.current = None
        self.id = 0

    def handle(self, event, now):
        kind, *rest = event
        todo = []
        if kind == "say":
            self.queue.append(rest[0])
        elif kind == "ack":
            if self.current and self.current[0] == rest[0]:
                self.current = None
        elif self.current and now >= self.current[2] + self.timeout:
            id, text, _, tries = self.current
            if tries < self.retries:
                self.current = [id, text, now, tries + 1]
                todo.append(("send", id, text))
            else:
                todo.append(("fail", text))
                self.current = None
        if self.current is None and self.queue:
            self.id += 1
            text = self.queue.pop(0)
            self.current = [self.id, text, now, 0]
            todo.append(("send", self.id, text))
        return todo


class Receiver:
    def __init__(self):
        self.done = set()
        self.busy = set()

    def handle(self, event):
        kind, id, *rest = event
        if kind == "packet":
            if id in self.done:
                return [("ack", id)]
            if id in self.busy:
                return []
            self.busy.add(id)
            return [("handle", id, rest[0])]
        self.busy.discard(id)
        if kind == "handled":
            self.done = {id}
            return [("ack", id)]
        return []
