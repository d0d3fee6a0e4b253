class Listeners:
    RESERVED = (
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    )

    def __init__(self):
        self.named, self.any = {}, []

    def on(self, name, listener):
        self.named.setdefault(name, []).append(listener)

    def once(self, name, listener):
        def only_once(*args):
            self.off(name, only_once)
            listener(*args)

        self.on(name, only_once)

    def off(self, name, listener=None):
        if listener is None:
            self.named.pop(name, None)
        elif listener in self.named.get(name, []):
            self.named[name].remove(listener)

    def on_any(self, listener):
        self.any.append(listener)

    def receive(self, name, *args):
        if name in self.RESERVED:
            raise ValueError(name)
        errors = []
        for listener in self.any.copy():
            try:
                listener(name, *args)
            except Exception as error:
                errors.append(error)
        return errors + self.tell(name, *args)

    def tell(self, name, *args):
        errors = []
        for listener in self.named.get(name, []).copy():
            try:
                listener(*args)
            except Exception as error:
                errors.append(error)
        return errors


def follow(client, show):
    client.on("news", show)
    client.on("connect", lambda: client.emit("join"))
