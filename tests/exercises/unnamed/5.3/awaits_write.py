import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.ok = asyncio.Event()
        self.ok.set()

    async def send(self, data):
        await self.ok.wait()
        await self.transport.write(data)

    def pause_writing(self):
        self.ok.clear()

    def resume_writing(self):
        self.ok.set()
