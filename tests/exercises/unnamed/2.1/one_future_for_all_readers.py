import asyncio
import contextlib


class Mailbox:
    def __init__(self):
        self.log, self.news = [], None

    def put(self, message):
        self.log.append(message)
        if self.news and not self.news.done():
            self.news.set_result(None)
        self.news = None

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold:
            if self.news is None or self.news.done():
                self.news = asyncio.get_running_loop().create_future()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news, hold)
        return self.log[cursor:], len(self.log)
