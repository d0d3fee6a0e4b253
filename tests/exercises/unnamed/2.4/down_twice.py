import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.waiters, self.deliveries = [], 0, 0
        self.news = asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.news.set()
        self.news = asyncio.Event()

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            self.waiters += 1
            try:
                await asyncio.wait_for(self.news.wait(), hold)
            except TimeoutError:
                pass
            except asyncio.CancelledError:
                self.waiters -= 1
                raise
            finally:
                self.waiters -= 1
        self.deliveries += len(self.log) - cursor
        return self.log[cursor:], len(self.log)
