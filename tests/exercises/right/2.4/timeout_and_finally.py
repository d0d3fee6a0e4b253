import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.deliveries = [], 0
        self._futures = {}

    @property
    def waiters(self):
        return len(self._futures)

    def put(self, message):
        self.log.append(message)
        for future in self._futures:
            if not future.done():
                future.set_result(None)

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            arrived = asyncio.get_running_loop().create_future()
            self._futures[arrived] = None
            try:
                async with asyncio.timeout(hold):
                    await arrived
            except TimeoutError:
                pass
            finally:
                del self._futures[arrived]
        news = self.log[cursor:]
        self.deliveries += len(news)
        return news, len(self.log)
