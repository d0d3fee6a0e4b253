class Pending:
    def __init__(self):
        self.t = {}
        self.id = 0

    def waiting(self):
        return len(self.t)

    def handle(self, event, now):
        if event[0] == "ask":
            self.id += 1
            self.t[self.id] = (event[1], now + event[2] if event[2] is not None else None)
            return [("send", event[1], self.id)]
        if event[0] == "answer" and event[1] in self.t:
            return [("give", self.t.pop(event[1])[0], event[2])]
        if event[0] in ("time", "closed"):
            gone = [
                i
                for i, (c, e) in self.t.items()
                if event[0] == "closed" or (e is not None and e <= now)
            ]
            return [("fail", self.t.pop(i)[0], "timeout") for i in gone]
        return []
