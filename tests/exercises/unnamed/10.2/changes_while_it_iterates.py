class Pending:
    def __init__(self):
        self.requests = {}
        self.next = 0

    def waiting(self):
        return len(self.requests)

    def handle(self, event, now):
        out = []
        if event[0] == "ask":
            self.requests[self.next] = (event[1], None if event[2] is None else now + event[2])
            out.append(("send", event[1], self.next))
            self.next += 1
        elif event[0] == "answer":
            if event[1] in self.requests:
                caller, _ = self.requests.pop(event[1])
                out.append(("give", caller, event[2]))
        elif event[0] == "time":
            for id, (caller, end) in self.requests.items():
                if end is not None and now >= end:
                    del self.requests[id]
                    out.append(("fail", caller, "timeout"))
        else:
            for caller, _ in self.requests.values():
                out.append(("fail", caller, "closed"))
            self.requests.clear()
        return out
