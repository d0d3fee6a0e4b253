class Pending:
    def __init__(self):
        self.table = {}
        self.count = 0

    def waiting(self):
        return len(self.table)

    def handle(self, event, now):
        what = event[0]
        if what == "ask":
            _, caller, timeout = event
            id = self.count
            self.count += 1
            deadline = float("inf") if timeout is None else now + timeout
            self.table[id] = (caller, deadline)
            return [("send", caller, id)]
        if what == "answer":
            _, id, values = event
            if id not in self.table:
                return []
            caller, deadline = self.table.pop(id)
            return [("give", caller, values)]
        actions = []
        for id, (caller, deadline) in list(self.table.items()):
            if what == "closed":
                actions.append(("fail", caller, "closed"))
                del self.table[id]
            elif now >= deadline:
                del self.table[id]
                return [("fail", caller, "timeout")]
        return actions
