import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.readers, self.deliveries = [], [], 0

    @property
    def waiters(self):
        return len(self.readers)

    def put(self, message):
        self.log.append(message)
        for reader in self.readers:
            reader.set()

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold > 0:
            reader = asyncio.Event()
            self.readers.append(reader)
            try:
                await asyncio.wait_for(reader.wait(), hold)
            except TimeoutError:
                return [], cursor
            finally:
                self.readers.remove(reader)
        self.deliveries += 1
        return self.log[cursor:], len(self.log)
