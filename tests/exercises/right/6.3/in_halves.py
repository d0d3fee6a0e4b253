def round_trips(transport, moments, connected, keep_alive):
    return Chat(transport, moments, connected, keep_alive).run()


class Chat:
    def __init__(self, transport, moments, connected, keep_alive):
        self.waiting, self.connected, self.keep_alive = list(moments), connected, keep_alive
        self.pushes, self.holds = transport == "WebSocket", transport != "short polling"
        self.now = 0

    def question(self, new):
        self.now += (1 if new else 0) + 1 / 2

    def run(self):
        if not self.connected:
            self.question(new=True)
        elif not self.holds:
            self.question(new=not self.keep_alive)
        while True:
            if self.pushes:
                self.now = max(self.now, self.waiting[-1])
            elif self.holds:
                self.now = max(self.now, self.waiting[0])
            while self.waiting and self.waiting[0] <= self.now:
                self.waiting.pop(0)
            self.now += 1 / 2
            if not self.waiting:
                return self.now
            self.question(new=not self.keep_alive)
