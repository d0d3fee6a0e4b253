class Answers:
    def __init__(self):
        self.ids = {}

    def handle(self, event):
        if event[0] == "event":
            self.ids[event[1]] = event[2]
        elif event[0] == "returned":
            id = self.ids[event[1]]
            if id is not None:
                value = event[2]
                if value is None:
                    return [("ack", id, [])]
                if isinstance(value, tuple):
                    return [("ack", id, list(value))]
                return [("ack", id, [value])]
        return []
