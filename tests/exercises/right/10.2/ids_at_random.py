import random


class Pending:
    def __init__(self):
        self.used, self.open = set(), {}

    def waiting(self):
        return len(self.open)

    def handle(self, event, now):
        if event[0] == "ask":
            id = random.randrange(10**12)
            while id in self.used:
                id += 1
            self.used.add(id)
            self.open[id] = {"caller": event[1], "asked": now, "timeout": event[2]}
            return [["send", event[1], id]]
        if event[0] == "answer":
            one = self.open.pop(event[1], None)
            return [["give", one["caller"], event[2]]] if one else []
        out = []
        for id in sorted(self.open):
            one = self.open[id]
            if event[0] == "closed":
                out.append(["fail", one["caller"], "closed"])
            elif one["timeout"] is not None and now - one["asked"] >= one["timeout"]:
                out.append(["fail", one["caller"], "timeout"])
        for _, caller, _ in out:
            self.open = {id: one for id, one in self.open.items() if one["caller"] != caller}
        return out
