import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, data):
        await self.room.wait()
        self.transport.write(data)

    def pause_writing(self):
        self.room.clear()

    def resume_writing(self):
        self.room.set()
