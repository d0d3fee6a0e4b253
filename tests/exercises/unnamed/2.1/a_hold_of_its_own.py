import asyncio
import contextlib


class Mailbox:
    def __init__(self):
        self.log, self.news = [], asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.news.set()
        self.news = asyncio.Event()

    async def take(self, cursor, hold=30):
        if cursor == len(self.log):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), 30)
        return self.log[cursor:], len(self.log)
