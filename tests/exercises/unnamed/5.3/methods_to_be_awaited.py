import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.condition = asyncio.Condition()
        self.paused = False

    async def send(self, data):
        async with self.condition:
            await self.condition.wait_for(lambda: not self.paused)
            self.transport.write(data)

    async def pause_writing(self):
        self.paused = True

    async def resume_writing(self):
        async with self.condition:
            self.paused = False
            self.condition.notify_all()
