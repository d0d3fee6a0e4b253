import secrets


class Namespaces:
    def __init__(self, names):
        self.names = names
        self.ids = {}
        self.waiting = set()

    def handle(self, event):
        kind = event[0]
        if kind == "lost":
            actions = [("left", id) for id in self.ids.values()]
            self.ids.clear()
            self.waiting.clear()
            return actions
        name = event[1]
        if kind == "connect":
            if name in self.ids or name in self.waiting:
                return [("close",)]
            if name not in self.names:
                self.names.append(name)
            self.waiting.add(name)
            return [("ask", name)]
        if kind == "allow":
            if name not in self.waiting:
                return []
            self.waiting.remove(name)
            self.ids[name] = secrets.token_hex(8)
            return [("joined", name, self.ids[name])]
        if kind == "refuse":
            if name not in self.waiting:
                return []
            self.waiting.remove(name)
            return [("refused", name, event[2])]
        if name not in self.ids:
            return [("close",)]
        if kind == "event":
            return [("deliver", self.ids[name], event[2])]
        return [("left", self.ids.pop(name))]
