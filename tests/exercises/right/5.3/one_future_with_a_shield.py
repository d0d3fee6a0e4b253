import asyncio


class Sender:
    """As the library does it."""

    def __init__(self, transport):
        self.transport, self.paused, self.future = transport, False, None

    async def send(self, data):
        while self.paused:
            if self.future is None:
                self.future = asyncio.get_running_loop().create_future()
            await asyncio.shield(self.future)
        self.transport.write(data)
        return len(data)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        future, self.future = self.future, None
        if future is not None:
            future.set_result(None)
        return True
