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

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold:
            await asyncio.sleep(0)  # a database, say
            waiter = asyncio.get_running_loop().create_future()
            self.waiting.append(waiter)
            await asyncio.wait([waiter], timeout=hold)
        return self.log[cursor:], len(self.log)
