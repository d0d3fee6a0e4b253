class Outbox:
    def __init__(self):
        self.queue = []
        self.waiting = None
        self.ended = False

    def send(self, packet):
        if self.ended:
            return []
        if self.waiting is not None:
            request, self.waiting = self.waiting, None
            return [("answer", request, packet)]
        self.queue.append(packet)
        return []

    def get(self, request):
        if self.ended:
            return [("refuse", request)]
        if self.waiting is not None:
            self.ended = True
            return [("answer", self.waiting, ["1"]), ("refuse", request), ("end",)]
        if self.queue:
            packets, self.queue = self.queue, []
            return [("answer", request, packets)]
        self.waiting = request
        return []
