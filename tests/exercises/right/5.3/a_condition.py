import asyncio


class Sender:
    """A lock keeps the order, an event the peace."""

    def __init__(self, transport):
        self.transport = transport
        self.free = asyncio.Event()
        self.free.set()
        self.lock = asyncio.Lock()

    async def send(self, data):
        async with self.lock:
            while not self.free.is_set():
                await self.free.wait()
            self.transport.write(data)

    def pause_writing(self):
        self.free.clear()

    def resume_writing(self):
        self.free.set()
