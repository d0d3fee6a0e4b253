def as_values(value):
    match value:
        case None:
            return ()
        case tuple():
            return value
    return (value,)


class Answers:
    """No dict of open requests: a generator for each event, which ends with the answer."""

    def __init__(self):
        self.open = {}

    def handle(self, event):
        kind, number, *rest = event
        if kind == "event":
            self.open[number] = self.wait(*rest)
            next(self.open[number])
            return []
        if number not in self.open:
            return []
        try:
            self.open[number].send(rest)
        except StopIteration as end:
            del self.open[number]
            return end.value
        return []

    def wait(self, id, listeners):
        some = False
        for _left in reversed(range(listeners)):
            said = yield
            some = some or bool(said)
            if said and said[0] is not None:
                return [["ack", id, as_values(said[0])]] if id is not None else []
        return [["ack", id, ()]] if some and id is not None else []
