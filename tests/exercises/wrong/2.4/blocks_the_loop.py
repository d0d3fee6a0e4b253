import time


class CarefulMailbox:
    def __init__(self):
        self.log, self.waiters, self.deliveries = [], 0, 0

    def put(self, message):
        self.log.append(message)

    async def take(self, cursor, hold):
        self.waiters += 1
        try:
            for _ in range(int(hold * 10)):
                if cursor < len(self.log):
                    break
                time.sleep(0.1)  # noqa: ASYNC251
        finally:
            self.waiters -= 1
        self.deliveries += len(self.log) - cursor
        return self.log[cursor:], len(self.log)
