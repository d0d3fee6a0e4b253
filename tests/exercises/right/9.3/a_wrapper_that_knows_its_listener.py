class Listeners:
    reserved = frozenset(
        ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
    )

    def __init__(self):
        self._by_name = {}
        self._any = ()

    def on(self, name, listener):
        self._by_name[name] = (*self._by_name.get(name, ()), listener)

    def once(self, name, listener):
        def wrapper(*args):
            self.off(name, wrapper)
            return listener(*args)

        wrapper.inside = listener
        self.on(name, wrapper)

    def off(self, name, *listener):
        if not listener or listener[0] is None:
            self._by_name.pop(name, None)
            return
        gone = listener[0]
        self._by_name[name] = tuple(
            one
            for one in self._by_name.get(name, ())
            if one is not gone and getattr(one, "inside", None) is not gone
        )

    def on_any(self, listener):
        self._any += (listener,)

    def _call(self, listeners, args):
        failed = []
        for listener in listeners:
            try:
                listener(*args)
            except Exception as error:
                failed.append(error)
        return failed

    def receive(self, name, *args):
        if name in self.reserved:
            raise ValueError(f"{name} is reserved")
        mine = self._by_name.get(name, ())
        return self._call(self._any, (name, *args)) + self._call(mine, args)

    def tell(self, name, *args):
        return self._call(self._by_name.get(name, ()), args)


def follow(client, show):
    @client.on("news")
    def news(text):
        show(text)

    @client.on("connect")
    def connect():
        client.emit("join")
