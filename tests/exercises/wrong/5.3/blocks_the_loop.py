import asyncio
import time


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, data):
        while not self.room.is_set():
            time.sleep(0.01)  # noqa: ASYNC251
        self.transport.write(data)

    def pause_writing(self):
        self.room.clear()

    def resume_writing(self):
        self.room.set()
