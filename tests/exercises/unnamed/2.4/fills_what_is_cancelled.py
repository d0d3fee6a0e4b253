import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.readers, self.deliveries = [], set(), 0

    @property
    def waiters(self):
        return len(self.readers)

    def put(self, message):
        self.log.append(message)
        for reader in self.readers:
            reader.set_result(None)
        self.readers = set()

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold > 0:
            reader = asyncio.get_running_loop().create_future()
            self.readers.add(reader)
            try:
                async with asyncio.timeout(hold):
                    await reader
            except TimeoutError:
                pass
            finally:
                self.readers.discard(reader)
        messages = self.log[cursor:]
        self.deliveries += len(messages)
        return messages, len(self.log)
