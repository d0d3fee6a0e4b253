class Outbox:
    def __init__(self):
        self.queue, self.waiting, self.over = [], None, False

    def send(self, packet):
        if self.over:
            return []
        if self.waiting is None:
            self.queue.append(packet)
            return []
        get, self.waiting = self.waiting, None
        return [("answer", get, [packet])]

    def get(self, name):
        if self.over:
            return [("refuse", name)]
        if self.waiting is not None:
            self.over = True
            return [("answer", self.waiting, ["1"]), ("refuse", name)]
        if self.queue:
            packets, self.queue = self.queue, []
            return [("answer", name, packets)]
        self.waiting = name
        return []
