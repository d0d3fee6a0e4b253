import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log = []
        self.deliveries = self.waiters = 0
        self.arrived = asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.arrived.set()
        self.arrived = asyncio.Event()

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            self.waiters += 1
            try:
                await asyncio.wait_for(self.arrived.wait(), hold)
            except asyncio.CancelledError:
                self.waiters -= 1
                raise
            except TimeoutError:
                self.waiters -= 1
                return [], cursor
            self.waiters -= 1
        self.deliveries += len(self.log) - cursor
        return self.log[cursor:], len(self.log)
