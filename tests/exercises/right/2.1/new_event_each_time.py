import asyncio
import contextlib


class Mailbox:
    def __init__(self):
        self.log = []
        self.changed = asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.changed.set()
        self.changed = asyncio.Event()

    async def take(self, cursor, hold):
        if len(self.log) <= cursor:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), hold)
        return self.log[cursor:], len(self.log)
