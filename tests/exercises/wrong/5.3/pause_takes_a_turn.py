import asyncio


class Sender:
    """Paused means: somebody holds the lock."""

    def __init__(self, transport):
        self.transport = transport
        self.lock = asyncio.Lock()

    async def send(self, data):
        async with self.lock:
            self.transport.write(data)

    def pause_writing(self):
        self.task = asyncio.ensure_future(self.lock.acquire())

    def resume_writing(self):
        if self.lock.locked():
            self.lock.release()
