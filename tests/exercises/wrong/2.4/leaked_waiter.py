import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.waiting, self.deliveries = [], [], 0

    @property
    def waiters(self):
        return len(self.waiting)

    def put(self, message):
        self.log.append(message)
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await asyncio.wait([future], timeout=hold)
            if future in self.waiting:
                self.waiting.remove(future)
        self.deliveries += len(self.log) - cursor
        return self.log[cursor:], len(self.log)
