RESERVED = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
]


class Listeners:
    def __init__(self):
        self.listeners = {}
        self.all = []
        self.single = {}

    def on(self, name, listener):
        self.listeners.setdefault(name, []).append([listener, False])

    def once(self, name, listener):
        self.single.setdefault(name, []).append(listener)

    def off(self, name, listener=None):
        if listener is None:
            self.listeners[name] = []
            self.single[name] = []
        else:
            self.single[name] = [x for x in self.single.get(name, []) if x != listener]
            self.listeners[name] = [x for x in self.listeners.get(name, []) if x[0] != listener]

    def on_any(self, listener):
        self.all.append(listener)

    def receive(self, name, *args):
        if name in RESERVED:
            raise ValueError(name)
        errors = []
        for listener in list(self.all):
            try:
                listener(name, *args)
            except Exception as error:
                errors.append(error)
        errors += self.tell(name, *args)
        return errors

    def tell(self, name, *args):
        errors = []
        both = [x[0] for x in self.listeners.get(name, [])] + self.single.pop(name, [])
        for listener in both:
            try:
                listener(*args)
            except Exception as error:
                errors.append(error)
        return errors


def follow(client, show):
    def connected():
        client.emit("join")

    client.on("connect", connected)
    client.on("news", show)
