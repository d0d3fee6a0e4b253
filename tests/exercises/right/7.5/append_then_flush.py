from collections import deque


class Outbox:
    def __init__(self):
        self.packets = deque()
        self.gets = []
        self.state = "open"

    def flush(self):
        if not (self.gets and self.packets):
            return ()
        answer = ["answer", self.gets.pop(), tuple(self.packets)]
        self.packets.clear()
        return (answer,)

    def send(self, packet):
        if self.state == "open":
            self.packets.append(packet)
        return self.flush()

    def get(self, name):
        if self.state == "ended":
            return (("refuse", name),)
        self.gets.append(name)
        if len(self.gets) == 2:
            first, second = self.gets
            self.state = "ended"
            self.gets.clear()
            return ("end",), ("refuse", second), ("answer", first, ("1",))
        return self.flush()
