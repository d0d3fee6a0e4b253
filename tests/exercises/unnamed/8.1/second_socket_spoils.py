class ServerUpgrade:
    def __init__(self):
        self.ws, self.state = None, "free"

    def handle(self, event):
        kind = event[0]
        if kind == "poll":
            return [("noop",)] if self.state == "probed" else []
        ws = event[1]
        if kind == "opened":
            if self.ws is not None:
                if self.state == "upgraded":
                    return [("close", ws)]
                both = [("close", self.ws), ("close", ws)]
                self.ws, self.state = None, "free"
                return both
            self.ws, self.state = ws, "opened"
            return []
        if ws != self.ws or self.state == "upgraded":
            return []
        if kind == "packet" and (self.state, event[2]) == ("opened", "2probe"):
            self.state = "probed"
            return [("send", ws, "3probe"), ("noop",)]
        if kind == "packet" and (self.state, event[2]) == ("probed", "5"):
            self.state = "upgraded"
            return [("switch", ws)]
        self.ws, self.state = None, "free"
        return [("close", ws)]
