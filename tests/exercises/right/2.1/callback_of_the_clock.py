import asyncio


class Mailbox:
    def __init__(self):
        self.log, self.waiting = [], []

    def put(self, message):
        self.log.append(message)
        for wake in self.waiting:
            wake()
        self.waiting = []

    async def take(self, cursor, hold):
        if cursor == len(self.log) and hold > 0:
            loop = asyncio.get_running_loop()
            woken = loop.create_future()

            def wake():
                if not woken.done():
                    woken.set_result(None)

            self.waiting.append(wake)
            timer = loop.call_later(hold, wake)
            await woken
            timer.cancel()
        return self.log[cursor:], len(self.log)
