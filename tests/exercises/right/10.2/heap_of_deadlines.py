import heapq
import itertools


class Pending:
    """Deadlines in a heap, as in the loop of asyncio; entries of what was answered stay in it."""

    def __init__(self):
        self.ids = itertools.count(1)
        self.callers = {}
        self.deadlines = []

    def waiting(self):
        return len(self.callers)

    def ask(self, now, caller, timeout):
        id = next(self.ids)
        self.callers[id] = caller
        if timeout is not None:
            heapq.heappush(self.deadlines, (now + timeout, id))
        yield "send", caller, id

    def answer(self, now, id, values):
        if id in self.callers:
            yield "give", self.callers.pop(id), values

    def time(self, now):
        while self.deadlines and self.deadlines[0][0] <= now:
            _, id = heapq.heappop(self.deadlines)
            if id in self.callers:
                yield "fail", self.callers.pop(id), "timeout"

    def closed(self, now):
        while self.callers:
            yield "fail", self.callers.popitem()[1], "closed"

    def handle(self, event, now):
        kind, *given = event
        return list(getattr(self, kind)(now, *given))
