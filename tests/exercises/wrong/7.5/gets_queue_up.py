class Outbox:
    def __init__(self):
        self.packets, self.gets = [], []

    def match(self):
        if self.packets and self.gets:
            packets, self.packets = self.packets, []
            return [("answer", self.gets.pop(0), packets)]
        return []

    def send(self, packet):
        self.packets.append(packet)
        return self.match()

    def get(self, name):
        self.gets.append(name)
        return self.match()
