class Listeners:
    def __init__(self):
        self.named, self.single, self.any = {}, {}, set()

    def on(self, name, listener):
        self.named.setdefault(name, set()).add(listener)

    def once(self, name, listener):
        self.single.setdefault(name, set()).add(listener)

    def off(self, name, listener=None):
        for table in (self.named, self.single):
            if listener is None:
                table.pop(name, None)
            else:
                table.get(name, set()).discard(listener)

    def on_any(self, listener):
        self.any.add(listener)

    def receive(self, name, *args):
        if name in (
            "connect",
            "connect_error",
            "disconnect",
            "disconnecting",
            "newListener",
            "removeListener",
        ):
            raise ValueError
        errors = []
        for listener in self.any:
            try:
                listener(name, *args)
            except Exception as error:
                errors.append(error)
        return errors + self.tell(name, *args)

    def tell(self, name, *args):
        errors = []
        single = self.single.pop(name, set())
        for listener in [*self.named.get(name, set()), *single]:
            try:
                listener(*args)
            except Exception as error:
                errors.append(error)
        return errors


def follow(client, show):
    client.on("connect", lambda: client.emit("join"))
    client.on("news", show)
