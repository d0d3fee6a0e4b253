import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.waiting = [], []

    def put(self, message):
        self.log.append(message)
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def take(self, cursor, hold):
        news = self.log[cursor:]
        if not news and hold:
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await asyncio.wait([future], timeout=hold)
        return news, len(self.log)
