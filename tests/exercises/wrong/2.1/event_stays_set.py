import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.arrived = [], asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.arrived.set()

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            try:
                await asyncio.wait_for(self.arrived.wait(), hold)
            except TimeoutError:
                return [], cursor
        return self.log[cursor:], len(self.log)
