import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.can_write = asyncio.Event()

    async def send(self, data):
        await self.can_write.wait()
        self.transport.write(data)

    def pause_writing(self):
        self.can_write.clear()

    def resume_writing(self):
        self.can_write.set()
