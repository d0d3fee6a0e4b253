import uuid


class Joining:
    pass


class Joined:
    def __init__(self):
        self.id = str(uuid.uuid4())


class Namespaces:
    def __init__(self, names):
        self.states = dict.fromkeys(names)
        self.open = True

    def handle(self, event):
        method, *args = event
        return list(getattr(self, "on_" + method)(*args))

    def on_connect(self, name):
        if name not in self.states:
            yield "refused", name, "Invalid namespace"
        elif self.states[name] is None:
            self.states[name] = Joining()
            yield "ask", name
        else:
            yield ("close",)

    def on_allow(self, name):
        if self.open:
            self.states[name] = Joined()
            yield "joined", name, self.states[name].id

    def on_refuse(self, name, why):
        if self.open:
            self.states[name] = None
            yield "refused", name, why

    def on_event(self, name, args):
        state = self.states.get(name)
        if isinstance(state, Joined):
            yield "deliver", state.id, args
        else:
            yield ("close",)

    def on_disconnect(self, name):
        state = self.states.get(name)
        if isinstance(state, Joined):
            self.states[name] = None
            yield "left", state.id
        else:
            yield ("close",)

    def on_lost(self):
        self.open = False
        for name, state in self.states.items():
            if isinstance(state, Joined):
                yield "left", state.id
            self.states[name] = None
