import asyncio
import contextlib


class Sender:
    """Waits at most five seconds, and then goes on, so that nobody hangs for ever."""

    def __init__(self, transport):
        self.transport = transport
        self.resumed = asyncio.Event()
        self.resumed.set()

    async def send(self, data):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.resumed.wait(), 5)
        self.transport.write(data)

    def pause_writing(self):
        self.resumed.clear()

    def resume_writing(self):
        self.resumed.set()
