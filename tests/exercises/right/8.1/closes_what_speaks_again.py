class ServerUpgrade:
    def __init__(self):
        self.ws = None
        self.state = "new"

    def handle(self, event):
        what = event[0]
        ws = event[1] if len(event) > 1 else None
        if what == "poll":
            return [("noop",)] if self.state == "probed" else []
        if what == "opened":
            if self.ws is not None:
                return [("close", ws)]
            self.ws = ws
            self.state = "new"
            return []
        if self.state == "upgraded":
            return []
        if ws != self.ws:
            return [("close", ws)]
        if what == "packet":
            said = event[2]
            if self.state == "new" and said == "2probe":
                self.state = "probed"
                return [("send", ws, "3probe"), ("noop",)]
            if self.state == "probed" and said == "5":
                self.state = "upgraded"
                return [("switch", ws)]
        return self.fail(ws)

    def fail(self, ws):
        self.ws = None
        self.state = "new"
        return [("close", ws)]
