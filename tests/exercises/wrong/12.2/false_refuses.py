import inspect


class Door:
    def __init__(self, middlewares):
        self.middlewares = middlewares
        self.busy = False
        self.gone = False

    async def connect(self, socket):
        if self.busy:
            return ("close",)
        self.busy = True
        for middleware in self.middlewares:
            try:
                result = middleware(socket)
                if inspect.isawaitable(result):
                    result = await result
                if result is False:
                    self.busy = False
                    return ("connect_error", {"message": "no"})
            except Exception as error:
                self.busy = False
                if self.gone:
                    return None
                reply = {"message": str(error)}
                if getattr(error, "data", None) is not None:
                    reply["data"] = error.data
                return ("connect_error", reply)
            if self.gone:
                return None
        socket.connected = True
        return ("connect", {"sid": socket.id})

    def lost(self):
        self.gone = True
