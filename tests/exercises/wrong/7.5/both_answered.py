class Outbox:
    def __init__(self):
        self.queue, self.waiting = [], []

    def send(self, packet):
        if not self.waiting:
            self.queue.append(packet)
            return []
        gets, self.waiting = self.waiting, []
        return [("answer", get, [packet]) for get in gets]

    def get(self, name):
        if self.queue:
            packets, self.queue = self.queue, []
            return [("answer", name, packets)]
        self.waiting.append(name)
        return []
