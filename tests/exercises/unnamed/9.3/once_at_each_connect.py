RESERVED = {
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
}


class Listeners:
    def __init__(self):
        self.map = {}
        self.any = []

    def on(self, name, listener):
        self.map.setdefault(name, []).append((listener, False))

    def once(self, name, listener):
        self.map.setdefault(name, []).append((listener, True))

    def off(self, name, listener=None):
        if listener is None:
            self.map.pop(name, None)
        else:
            self.map[name] = [one for one in self.map.get(name, []) if one[0] != listener]

    def on_any(self, listener):
        self.any.append(listener)

    def receive(self, name, *args):
        if name in RESERVED:
            raise ValueError(name)
        errors = []
        for listener in list(self.any):
            try:
                listener(name, *args)
            except Exception as error:
                errors.append(error)
        return errors + self.tell(name, *args)

    def tell(self, name, *args):
        errors = []
        for item in list(self.map.get(name, [])):
            listener, once = item
            if once and item in self.map.get(name, []):
                self.map[name].remove(item)
            try:
                listener(*args)
            except Exception as error:
                errors.append(error)
        return errors


def follow(client, show):
    def connected():
        client.emit("join")
        client.once("news", show)

    client.on("connect", connected)
