import itertools

IDS = itertools.count(1000)


class Sender:
    def __init__(self, timeout, retries):
        self.timeout, self.retries = timeout, retries
        self.texts = []
        self.flow = self.run()
        next(self.flow)

    def handle(self, event, now):
        if event[0] == "say":
            self.texts.append(event[1])
        return self.flow.send((event, now))

    def run(self):
        event, now = yield
        while True:
            while not self.texts:
                event, now = yield []
            text, id = self.texts.pop(0), next(IDS)
            did = []
            if event == "failed":
                did = [("fail", self.lost)]
            event = ""
            for _attempt in range(self.retries + 1):
                until = now + self.timeout
                event, now = yield [*did, ("send", id, text)]
                did = []
                while event != ("ack", id) and not (event[0] == "time" and now >= until):
                    event, now = yield []
                if event[0] == "ack":
                    break
            else:
                self.lost = text
                event = "failed"
                if not self.texts:
                    event, now = yield [("fail", text)]


class Receiver:
    def __init__(self):
        self.seen = {}

    def handle(self, event):
        kind, id = event[:2]
        if kind == "packet" and id not in self.seen:
            self.seen[id] = False
            return [("handle", *event[1:])]
        if kind == "failed":
            del self.seen[id]
        elif kind == "handled":
            self.seen[id] = True
        return [("ack", id)] if self.seen.get(id) else []
