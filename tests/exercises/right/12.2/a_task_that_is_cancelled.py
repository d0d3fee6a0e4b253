import asyncio
import inspect


class Door:
    def __init__(self, middlewares):
        self.middlewares = middlewares
        self.task = None
        self.joined = False

    async def chain(self, socket):
        for m in self.middlewares:
            r = m(socket)
            if inspect.isawaitable(r):
                await r

    async def connect(self, socket):
        if self.task or self.joined:
            return ("close",)
        self.task = asyncio.create_task(self.chain(socket))
        try:
            await self.task
        except asyncio.CancelledError:
            return None
        except Exception as e:
            body = {"message": str(e)}
            if isinstance(e, ConnectRefused) and e.data is not None:
                body["data"] = e.data
            return ("connect_error", body)
        finally:
            self.task = None
        self.joined = socket.connected = True
        return ("connect", {"sid": socket.id})

    def lost(self):
        if self.task:
            self.task.cancel()
