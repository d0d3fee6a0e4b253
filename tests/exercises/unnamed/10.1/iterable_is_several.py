class Answers:
    def __init__(self):
        self.events = {}

    def handle(self, event):
        kind, number = event[0], event[1]
        if kind == "event":
            self.events[number] = {"id": event[2], "left": event[3], "ok": False, "done": False}
            return []
        ev = self.events[number]
        ev["left"] -= 1
        if kind == "returned":
            ev["ok"] = True
            value = event[2]
            if value is not None and not ev["done"]:
                ev["done"] = True
                if ev["id"] is None:
                    return []
                try:
                    values = list(value)
                except TypeError:
                    values = [value]
                return [("ack", ev["id"], values)]
        if ev["left"] == 0 and ev["ok"] and not ev["done"] and ev["id"] is not None:
            return [("ack", ev["id"], [])]
        return []
