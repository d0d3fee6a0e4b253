import asyncio


class Door:
    def __init__(self, middlewares):
        self.middlewares = middlewares
        self.task = self.joined = None
        self.alive = True

    async def connect(self, socket):
        if self.task is not None or self.joined is not None:
            return ("close",)
        self.task = asyncio.ensure_future(self.chain(socket))
        try:
            answer = await self.task
        except asyncio.CancelledError:
            return None
        finally:
            self.task = None
        if not self.alive:
            return None
        if answer is None:
            self.joined = socket
            socket.connected = True
            return ("connect", {"sid": socket.id})
        return ("connect_error", answer)

    async def chain(self, socket):
        try:
            for middleware in self.middlewares:
                value = middleware(socket)
                if hasattr(value, "__await__"):
                    await value
        except Exception as error:
            answer = {"message": str(error)}
            data = getattr(error, "data", None)
            if data is not None:
                answer["data"] = data
            return answer

    def lost(self):
        self.alive = False
        if self.task is not None:
            self.task.cancel()
