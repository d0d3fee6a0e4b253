import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.readers = [], set()

    def put(self, message):
        self.log.append(message)
        for reader in self.readers:
            if not reader.done():
                reader.set_result(message)
        self.readers.clear()

    async def take(self, cursor, hold):
        if self.log[cursor:]:
            return self.log[cursor:], len(self.log)
        reader = asyncio.get_running_loop().create_future()
        self.readers.add(reader)
        try:
            async with asyncio.timeout(hold):
                message = await reader
        except TimeoutError:
            self.readers.discard(reader)
            return [], cursor
        return [message], cursor + 1
