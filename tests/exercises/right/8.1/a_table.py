TABLE = {("new", "2probe"): "probed", ("probed", "5"): "done"}


class ServerUpgrade:
    """Keeps a state for each WebSocket; nothing is closed that has ended."""

    def __init__(self):
        self.states = {}

    def handle(self, event):
        match event:
            case ("opened", ws):
                if self.states:
                    return [("close", ws)]
                self.states[ws] = "new"
            case ("poll",):
                return [("noop",) for state in self.states.values() if state == "probed"]
            case (kind, ws, *said) if self.states.get(ws, "done") != "done":
                state = TABLE.get((self.states[ws], *said)) if kind == "packet" else None
                if state == "probed":
                    self.states[ws] = state
                    return [("noop",), ("send", ws, "3probe")]
                if state == "done":
                    self.states[ws] = state
                    return [("noop",), ("switch", ws)]
                del self.states[ws]
                return [] if kind == "lost" else [("close", ws)]
        return []
