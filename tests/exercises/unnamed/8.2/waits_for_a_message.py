class ClientUpgrade:
    def __init__(self):
        self.state, self.getting, self.posting, self.waiting = "polling", True, False, []

    def handle(self, event):
        if self.state == "over":
            return []
        did, kind = [], event[0]
        if kind == "say":
            self.waiting.append(event[1])
        elif kind == "got":
            self.getting = False
        elif kind == "posted":
            self.posting = False
        elif kind == "opened":
            self.state = "probing"
            did.append(("ws", "2probe"))
        elif event == ("packet", "3probe") and self.state == "probing":
            self.state = "pausing"
        elif self.state == "upgraded":
            self.state = "over"
            return [("end",)]
        else:
            self.state = "polling"
            did.append(("close",))
        return did + self.begin()

    def begin(self):
        did = []
        if self.state == "pausing" and not self.getting and not self.posting and self.waiting:
            self.state = "upgraded"
            did.append(("ws", "5"))
        if self.state == "upgraded":
            did += [("ws", packet) for packet in self.waiting]
            self.waiting = []
        elif self.state != "pausing":
            if not self.getting:
                self.getting = True
                did.append(("get",))
            if self.waiting and not self.posting:
                self.posting = True
                did.append(("post", self.waiting))
                self.waiting = []
        return did
