import asyncio


class CarefulMailbox:
    def __init__(self):
        self.log, self.readers, self.deliveries = [], [], 0

    @property
    def waiters(self):
        return len(self.readers)

    def put(self, message):
        self.log.append(message)
        while self.readers:
            reader = self.readers.pop()
            if not reader.done():
                reader.set_result(message)

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold > 0:
            reader = asyncio.get_running_loop().create_future()
            self.readers.append(reader)
            try:
                await asyncio.wait([reader], timeout=hold)
            finally:
                self.readers.remove(reader)
        messages = self.log[cursor:]
        self.deliveries += len(messages)
        return messages, len(self.log)
