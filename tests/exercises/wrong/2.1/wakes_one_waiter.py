import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.waiter = [], None

    def put(self, message):
        self.log.append(message)
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    async def take(self, cursor, hold):
        if cursor == len(self.log):
            self.waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait([self.waiter], timeout=hold)
        return self.log[cursor:], len(self.log)
