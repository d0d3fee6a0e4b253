import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.deliveries, self.waiters = [], 0, 0
        self.news = asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.news.set()
        self.news = asyncio.Event()

    async def take(self, cursor, hold):
        self.waiters += 1
        try:
            await asyncio.wait_for(self.news.wait(), hold)
        except TimeoutError:
            pass
        finally:
            self.waiters -= 1
        news = self.log[cursor:]
        self.deliveries += len(news)
        return news, len(self.log)
