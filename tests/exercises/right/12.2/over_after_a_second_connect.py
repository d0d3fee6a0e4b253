import inspect


class Door:
    def __init__(self, middlewares):
        self.middlewares = middlewares
        self.state = "out"

    async def connect(self, socket):
        if self.state == "lost":
            return None
        if self.state != "out":
            self.state = "lost"
            return ("close",)
        self.state = "asking"
        for m in self.middlewares:
            try:
                r = m(socket)
                if inspect.isawaitable(r):
                    await r
            except Exception as e:
                if self.state == "lost":
                    return None
                self.state = "out"
                body = {"message": str(e)}
                if isinstance(e, ConnectRefused) and e.data is not None:
                    body["data"] = e.data
                return ("connect_error", body)
            if self.state == "lost":
                return None
        self.state = "in"
        socket.connected = True
        return ("connect", {"sid": socket.id})

    def lost(self):
        self.state = "lost"
