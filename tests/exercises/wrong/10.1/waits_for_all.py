class Answers:
    def __init__(self):
        self.open = {}

    def handle(self, event):
        if event[0] == "event":
            self.open[event[1]] = (event[2], event[3], [])
            return []
        id, listeners, ends = self.open[event[1]]
        ends.append(event)
        if len(ends) < listeners or id is None:
            return []
        values = [end[2] for end in ends if end[0] == "returned"]
        if not values:
            return []
        for value in values:
            if isinstance(value, tuple):
                return [("ack", id, list(value))]
            if value is not None:
                return [("ack", id, [value])]
        return [("ack", id, [])]
