class ClientUpgrade:
    """A method for each event; the end of the WebSocket needs no close."""

    def __init__(self):
        self.under_way = {"get"}
        self.queue = ()
        self.paused = self.upgraded = self.ended = False
        self.expects = None

    def handle(self, event):
        if self.ended:
            return []
        name, *args = event
        return list(getattr(self, "on_" + name)(*args))

    def on_say(self, packet):
        if self.upgraded:
            yield ("ws", packet)
        else:
            self.queue += (packet,)
            yield from self.post()

    def on_got(self):
        self.under_way.discard("get")
        yield from self.finish() if self.paused else self.get()

    def on_posted(self):
        self.under_way.discard("post")
        yield from self.finish() if self.paused else self.post()

    def on_opened(self):
        self.expects = "3probe"
        yield ("ws", "2probe")

    def on_packet(self, said):
        expected, self.expects = self.expects, None
        if said != expected:
            yield ("close",)
            yield from self.on_lost()
        else:
            self.paused = True
            yield from self.finish()

    def on_lost(self):
        if self.upgraded:
            self.ended = True
            yield ("end",)
            return
        self.paused = False
        yield from self.post()
        yield from self.get()

    def get(self):
        if not self.paused and "get" not in self.under_way:
            self.under_way.add("get")
            yield ("get",)

    def post(self):
        if self.queue and not self.paused and "post" not in self.under_way:
            self.under_way.add("post")
            yield ("post", list(self.queue))
            self.queue = ()

    def finish(self):
        if not self.under_way:
            self.upgraded = True
            yield ("ws", "5")
            for packet in self.queue:
                yield ("ws", packet)
