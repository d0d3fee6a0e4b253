import asyncio


class Sender:
    """resume_writing writes for those who wait, one future and one message at a time."""

    def __init__(self, transport):
        self.transport = transport
        self.paused = False
        self.messages = []
        self.futures = []

    async def send(self, data):
        if not self.paused:
            self.transport.write(data)
            return
        future = asyncio.get_running_loop().create_future()
        self.messages.append(data)
        self.futures.append(future)
        await future

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        while self.futures:
            self.transport.write(self.messages.pop(0))
            self.futures.pop(0).set_result(None)
