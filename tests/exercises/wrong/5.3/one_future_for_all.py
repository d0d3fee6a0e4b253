import asyncio


class Sender:
    """Who is cancelled cancels the future that the others wait for."""

    def __init__(self, transport):
        self.transport, self.paused, self.future = transport, False, None

    async def send(self, data):
        while self.paused:
            self.future = self.future or asyncio.get_running_loop().create_future()
            await self.future
        self.transport.write(data)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        if self.future and not self.future.done():
            self.future.set_result(None)
        self.future = None
