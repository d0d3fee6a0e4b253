class Pending:
    def __init__(self):
        self.callers, self.id = {}, 0

    def waiting(self):
        return len(self.callers)

    def handle(self, event, now):
        if event[0] == "ask":
            self.id += 1
            self.callers[self.id] = event[1]
            return [("send", event[1], self.id)]
        if event[0] == "answer" and event[1] in self.callers:
            return [("give", self.callers.pop(event[1]), event[2])]
        if event[0] == "closed":
            left, self.callers = self.callers, {}
            return [("fail", caller, "closed") for caller in left.values()]
        return []
