class ClientUpgrade:
    def __init__(self):
        self.packets = []
        self.getting, self.posting = 1, 0
        self.step = self.trying

    def handle(self, event):
        return list(self.step(*event))

    def count(self, what):
        self.getting -= what == "got"
        self.posting -= what == "posted"

    def polling(self, what="", *args):
        if what == "say":
            self.packets.extend(args)
        self.count(what)
        if not self.getting:
            self.getting = 1
            yield ("get",)
        if self.packets and not self.posting:
            batch, self.packets, self.posting = tuple(self.packets), [], 1
            yield ("post", list(batch))

    def trying(self, what, *args):
        if what == "opened":
            yield ("ws", "2probe")
        elif what == "packet" and args[0] == "3probe":
            self.step = self.pausing
        elif what in ("packet", "lost"):
            self.step = self.polling
            yield ("close",)
        yield from (self.polling(what, *args) if self.step != self.pausing else ())

    def pausing(self, what, *args):
        if what == "say":
            self.packets.extend(args)
        self.count(what)
        if what in ("packet", "lost"):
            self.step = self.polling
            yield ("close",)
            yield from self.polling()
        elif not self.getting + self.posting:
            self.step = self.upgraded
            yield ("ws", "5")
            for packet in self.packets:
                yield ("ws", packet)

    def upgraded(self, what, *args):
        if what == "say":
            yield ("ws", args[0])
        if what == "lost":
            self.step = lambda *event: ()
            yield ("end",)
