class ServerUpgrade:
    """Two questions only: which WebSocket tries, and what must it say next?"""

    def __init__(self):
        self.trying = None
        self.expect = []

    def handle(self, event):
        match event:
            case ("poll",):
                return [("noop",)] * (self.expect == ["5"])
            case ("opened", ws) if self.trying is None:
                self.trying, self.expect = ws, ["2probe", "5"]
            case ("opened", ws):
                return [("close", ws)]
            case (_, ws, *_) if ws != self.trying or not self.expect:
                return []
            case ("packet", ws, said) if said == self.expect[0]:
                self.expect.pop(0)
                return [("send", ws, "3probe"), ("noop",)] if self.expect else [("switch", ws)]
            case (_, ws, *_):
                self.trying, self.expect = None, []
                return [("close", ws)]
        return []
