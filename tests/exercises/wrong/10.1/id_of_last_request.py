class Request:
    """One event that came, and what its listeners have said so far."""

    def __init__(self, id, listeners):
        self.id = id
        self.running = listeners
        self.ends = []

    def ended(self, *values):
        self.running -= 1
        self.ends.append(values)
        useful = [value for (value,) in filter(None, self.ends) if value is not None]
        if self.id is None or len(useful) > 1:
            return []
        if useful:
            if values == (None,) or not values:
                return []  # it was answered before
            value = useful[0]
        elif self.running or not any(self.ends):
            return []
        else:
            value = ()
        return [("ack", self.id, [*value] if isinstance(value, tuple) else [value])]


class Answers:
    def __init__(self):
        self.requests = {}

    def handle(self, event):
        if event[0] == "event":
            _, number, id, listeners = event
            self.id = id
            self.requests[number] = Request(id, listeners)
            return []
        request = self.requests[event[1]]
        if request.id is None:
            return []
        return [(kind, self.id, values) for kind, _, values in request.ended(*event[2:])]
