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
                    await result
            except Exception as error:
                self.busy = False
                if self.gone:
                    return None
                reply = {"message": str(error)}
                return ("connect_error", reply)
            if self.gone:
                return None
        socket.connected = True
        return ("connect", {"sid": socket.id})

    def lost(self):
        self.gone = True
