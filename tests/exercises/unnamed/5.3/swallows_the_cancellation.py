import asyncio
import contextlib


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, data):
        with contextlib.suppress(asyncio.CancelledError):
            await self.room.wait()
        self.transport.write(data)

    def pause_writing(self):
        self.room.clear()

    def resume_writing(self):
        self.room.set()
