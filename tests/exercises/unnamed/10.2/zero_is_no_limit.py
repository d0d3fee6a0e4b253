class Pending:
    def __init__(self):
        self.table = {}
        self.next = 0

    def waiting(self):
        return len(self.table)

    def handle(self, event, now):
        kind, *rest = event
        if kind == "ask":
            caller, timeout = rest
            id = self.next
            self.next += 1
            self.table[id] = (caller, None if not timeout else now + timeout)
            return [("send", caller, id)]
        if kind == "answer":
            id, values = rest
            if id not in self.table:
                return []
            caller, _ = self.table.pop(id)
            return [("give", caller, values)]
        if kind == "time":
            late = [i for i, (_, d) in self.table.items() if d is not None and d <= now]
            return [("fail", self.table.pop(i)[0], "timeout") for i in late]
        todo = [("fail", c, "closed") for c, _ in self.table.values()]
        self.table.clear()
        return todo
