import asyncio


class Sender:
    """Each waiting send overwrites the future of the one before."""

    def __init__(self, transport):
        self.transport = transport
        self.paused = False
        self.waiter = None

    async def send(self, data):
        if self.paused:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        self.transport.write(data)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
