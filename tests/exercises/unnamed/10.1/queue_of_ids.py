class Answers:
    def __init__(self):
        self.queue = []

    def handle(self, event):
        if event[0] == "event":
            self.queue.append(event[2])
            return []
        id = self.queue.pop(0)
        if id is None or event[0] == "failed":
            return []
        value = event[2]
        if value is None:
            return [("ack", id, [])]
        return [("ack", id, list(value) if isinstance(value, tuple) else [value])]
