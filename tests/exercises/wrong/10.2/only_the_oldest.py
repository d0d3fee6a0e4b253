class Pending:
    def __init__(self):
        self.waits = []
        self.ids = 0

    def waiting(self):
        return len(self.waits)

    def handle(self, event, now):
        if event[0] == "ask":
            self.ids += 1
            until = 10**9 if event[2] is None else now + event[2]
            self.waits.append((self.ids, event[1], until))
            return [("send", event[1], self.ids)]
        if event[0] == "answer":
            for wait in self.waits:
                if wait[0] == event[1]:
                    self.waits.remove(wait)
                    return [("give", wait[1], event[2])]
            return []
        failed = []
        if event[0] == "closed":
            failed = [("fail", caller, "closed") for _, caller, _ in self.waits]
            self.waits = []
        while self.waits and self.waits[0][2] <= now:
            failed.append(("fail", self.waits.pop(0)[1], "timeout"))
        return failed
