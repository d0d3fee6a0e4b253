import asyncio
import contextlib


class Mailbox:
    def __init__(self):
        self.log, self.news = [], asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.news.set()

    async def take(self, cursor, hold):
        if not self.log and hold > 0:
            self.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), hold)
        messages, self.log = self.log, []
        return messages, cursor + len(messages)
