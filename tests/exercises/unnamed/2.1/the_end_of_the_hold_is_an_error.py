import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.changed = [], asyncio.Event()

    def put(self, message):
        self.log.append(message)
        self.changed.set()
        self.changed = asyncio.Event()

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold:
            async with asyncio.timeout(hold):
                await self.changed.wait()
        return self.log[cursor:], len(self.log)
