class ServerUpgrade:
    ws, state = None, "free"

    def handle(self, event):
        kind = event[0]
        if kind == "poll":
            return [("noop",)] if ServerUpgrade.state == "probed" else []
        ws = event[1]
        if kind == "opened":
            if ServerUpgrade.ws is not None:
                return [("close", ws)]
            ServerUpgrade.ws, ServerUpgrade.state = ws, "opened"
            return []
        if ws != ServerUpgrade.ws or ServerUpgrade.state == "upgraded":
            return []
        if kind == "packet" and (ServerUpgrade.state, event[2]) == ("opened", "2probe"):
            ServerUpgrade.state = "probed"
            return [("send", ws, "3probe"), ("noop",)]
        if kind == "packet" and (ServerUpgrade.state, event[2]) == ("probed", "5"):
            ServerUpgrade.state = "upgraded"
            return [("switch", ws)]
        ServerUpgrade.ws, ServerUpgrade.state = None, "free"
        return [("close", ws)]
