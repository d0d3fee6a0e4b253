import asyncio


class Mailbox:
    log = ()
    next_message = None

    def put(self, message):
        self.log = (*self.log, message)
        if self.next_message is not None:
            self.next_message.set_result(None)
            self.next_message = None

    async def take(self, cursor, hold):
        loop = asyncio.get_running_loop()
        end = loop.time() + hold
        while cursor >= len(self.log) and loop.time() < end:
            if self.next_message is None:
                self.next_message = loop.create_future()
            waiting = asyncio.shield(self.next_message)
            try:
                async with asyncio.timeout_at(end):
                    await waiting
            except TimeoutError:
                break
        return list(self.log[cursor:]), len(self.log)
