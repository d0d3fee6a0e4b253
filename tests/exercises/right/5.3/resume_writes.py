import asyncio


class Sender:
    """Those who wait leave their message in a dict, and resume_writing takes them in order."""

    def __init__(self, transport):
        self.transport = transport
        self.paused = False
        self.waiting = {}

    async def send(self, data):
        if not self.paused and not self.waiting:
            self.transport.write(data)
            return
        future = asyncio.get_running_loop().create_future()
        self.waiting[future] = data
        try:
            await future
        finally:
            self.waiting.pop(future, None)

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        for future in list(self.waiting):
            if self.paused:
                return
            if not future.done():
                self.transport.write(self.waiting.pop(future))
                future.set_result(None)
