import uuid


class Namespaces:
    def __init__(self, names):
        self.names = names
        self.ids = {}
        self.pending = set()
        self.over = False

    def handle(self, event):
        kind, *rest = event
        if self.over:
            return []
        if kind == "lost":
            self.over = True
            return [("left", id) for id in self.ids.values()]
        name, *rest = rest
        if kind == "connect":
            if name in self.ids or name in self.pending:
                return [("close",)]
            if name not in self.names:
                self.pending.add(name)
                return [("refused", name, "Invalid namespace")]
            self.pending.add(name)
            return [("ask", name)]
        if kind == "allow":
            self.pending.discard(name)
            self.ids[name] = str(uuid.uuid4())
            return [("joined", name, self.ids[name])]
        if kind == "refuse":
            self.pending.discard(name)
            return [("refused", name, rest[0])]
        if name not in self.ids:
            return [("close",)]
        if kind == "event":
            return [("deliver", self.ids[name], rest[0])]
        return [("left", self.ids.pop(name))]
