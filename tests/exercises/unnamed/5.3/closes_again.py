import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.event = asyncio.Event()
        self.event.set()

    async def send(self, data):
        await self.event.wait()
        self.transport.write(data)

    def pause_writing(self):
        self.event.clear()

    def resume_writing(self):
        self.event.set()
        self.event.clear()
