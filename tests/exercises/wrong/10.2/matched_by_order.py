from collections import deque


class Pending:
    def __init__(self):
        self.queue = deque()
        self.next_id = 0

    def waiting(self):
        return len(self.queue)

    def handle(self, event, now):
        if event[0] == "ask":
            _, caller, timeout = event
            id, self.next_id = self.next_id, self.next_id + 1
            self.queue.append((caller, None if timeout is None else now + timeout))
            return [("send", caller, id)]
        if event[0] == "answer":
            if not self.queue:
                return []
            caller, _ = self.queue.popleft()
            return [("give", caller, event[2])]
        if event[0] == "time":
            late = [one for one in self.queue if one[1] is not None and one[1] <= now]
            for one in late:
                self.queue.remove(one)
            return [("fail", caller, "timeout") for caller, _ in late]
        callers = [caller for caller, _ in self.queue]
        self.queue.clear()
        return [("fail", caller, "closed") for caller in callers]
