import asyncio
import collections


class Sender:
    """Writes at once, and lets the caller wait until there is room for the next."""

    def __init__(self, transport):
        self.transport, self.paused, self.waiting = transport, False, collections.deque()

    async def send(self, data):
        self.transport.write(data)
        while self.paused:
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await future

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        while self.waiting:
            future = self.waiting.popleft()
            if not future.done():
                future.set_result(None)
