import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.readers = [], []

    def put(self, message):
        self.log.append(message)
        for reader in self.readers:
            reader.set_result(True)
        self.readers = []

    async def take(self, cursor, hold):
        if cursor >= len(self.log) and hold > 0:
            reader = asyncio.get_running_loop().create_future()
            self.readers.append(reader)
            try:
                await asyncio.wait_for(reader, hold)
            except TimeoutError:
                return [], cursor
        return self.log[cursor:], len(self.log)
