import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.waiting = [], []

    def put(self, message):
        self.log.append(message)
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
        self.waiting.clear()

    async def nothing_new(self, cursor):
        await asyncio.sleep(0)  # a database, say
        return cursor == len(self.log)

    async def take(self, cursor, hold):
        if await self.nothing_new(cursor):
            waiter = await self.register()
            await asyncio.wait([waiter], timeout=hold)
        return self.log[cursor:], len(self.log)

    async def register(self):
        await asyncio.sleep(0)
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]
