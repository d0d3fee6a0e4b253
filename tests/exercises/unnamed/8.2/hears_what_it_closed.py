class ClientUpgrade:
    def __init__(self):
        self.state = "dialling"
        self.get = True
        self.post = False
        self.queue = []

    def handle(self, event):
        if self.state == "over":
            return []
        what = event[0]
        if what == "say":
            if self.state == "upgraded":
                return [("ws", event[1])]
            self.queue.append(event[1])
            return self.go_on()
        if what == "got":
            self.get = False
            return self.go_on()
        if what == "posted":
            self.post = False
            return self.go_on()
        if what == "opened":
            self.state = "probing"
            return [("ws", "2probe")]
        if what == "packet":
            if self.state == "failed" and event[1] != "3probe":
                return []
            if self.state in ("probing", "failed") and event[1] == "3probe":
                self.state = "pausing"
                return self.go_on()
            return self.fail()
        if what == "lost":
            if self.state == "upgraded":
                self.state = "over"
                return [("end",)]
            if self.state == "failed":
                return []
            return self.fail()
        return []

    def fail(self):
        self.state = "failed"
        return [("close",), *self.go_on()]

    def go_on(self):
        if self.state == "pausing":
            if self.get or self.post:
                return []
            self.state = "upgraded"
            queue, self.queue = self.queue, []
            return [("ws", "5")] + [("ws", packet) for packet in queue]
        todo = []
        if not self.get:
            self.get = True
            todo.append(("get",))
        if self.queue and not self.post:
            self.post = True
            todo.append(("post", self.queue))
            self.queue = []
        return todo
