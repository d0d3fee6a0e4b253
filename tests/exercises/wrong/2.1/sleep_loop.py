import asyncio


class Mailbox:
    def __init__(self):
        self.log = []

    def put(self, message):
        self.log.append(message)

    async def take(self, cursor, hold):
        loop = asyncio.get_running_loop()
        end = loop.time() + hold
        while cursor == len(self.log) and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        return self.log[cursor:], len(self.log)
