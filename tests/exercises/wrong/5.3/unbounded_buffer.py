import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.room = asyncio.Event()
        self.room.set()
        self.queue = []

    async def send(self, data):
        self.queue.append(data)
        if self.room.is_set():
            self.flush()

    def flush(self):
        for data in self.queue:
            self.transport.write(data)
        self.queue = []

    def pause_writing(self):
        self.room.clear()

    def resume_writing(self):
        self.room.set()
        self.flush()
