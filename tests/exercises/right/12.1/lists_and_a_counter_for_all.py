from itertools import count

NUMBERS = count()


class Namespaces:
    def __init__(self, names):
        self.names, self.state, self.id, self.lost = list(names), {}, {}, False

    def handle(self, event):
        match list(event):
            case ["connect", name] if self.state.get(name, "out") != "out":
                return [["close"]]
            case ["connect", name] if name in self.names:
                self.state[name] = "asked"
                return [["ask", name]]
            case ["connect", name]:
                return [["refused", name, "Invalid namespace"]]
            case ["allow" | "refuse", *_] if self.lost:
                return []
            case ["allow", name]:
                self.state[name] = "in"
                self.id[name] = f"socket {next(NUMBERS)}"
                return [["joined", name, self.id[name]]]
            case ["refuse", name, why]:
                self.state[name] = "out"
                return [["refused", name, why]]
            case ["lost"]:
                self.lost = True
                gone = [name for name in self.state if self.state[name] == "in"]
                self.state = {}
                return [["left", self.id[name]] for name in reversed(gone)]
            case [_, name, *_] if self.state.get(name) != "in":
                return [["close"]]
            case ["event", name, args]:
                return [["deliver", self.id[name], args]]
            case ["disconnect", name]:
                self.state[name] = "out"
                return [["left", self.id[name]]]
