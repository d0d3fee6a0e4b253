RESERVED = ["connect", "disconnect"]


class Listeners:
    def __init__(self):
        self.listeners = {}
        self.all = []

    def on(self, name, listener):
        self.listeners.setdefault(name, []).append([listener, False])

    def once(self, name, listener):
        self.listeners.setdefault(name, []).append([listener, True])

    def off(self, name, listener=None):
        if listener is None:
            self.listeners[name] = []
        else:
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
        for entry in list(self.listeners.get(name, [])):
            if entry[1]:
                self.listeners[name].remove(entry)
            try:
                entry[0](*args)
            except Exception as error:
                errors.append(error)
        return errors


def follow(client, show):
    def connected():
        client.emit("join")

    client.on("connect", connected)
    client.on("news", show)
