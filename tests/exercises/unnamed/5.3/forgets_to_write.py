import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.resumed = None

    async def send(self, data):
        if self.resumed is None:
            self.transport.write(data)
        else:
            await self.resumed.wait()

    def pause_writing(self):
        self.resumed = asyncio.Event()

    def resume_writing(self):
        self.resumed.set()
        self.resumed = None
