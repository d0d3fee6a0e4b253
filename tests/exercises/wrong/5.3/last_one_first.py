import asyncio


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.full = False
        self.sleepers = []

    async def send(self, data):
        if self.full:
            sleeper = asyncio.get_running_loop().create_future()
            self.sleepers.append(sleeper)
            try:
                await sleeper
            finally:
                if sleeper in self.sleepers:
                    self.sleepers.remove(sleeper)
        self.transport.write(data)

    def pause_writing(self):
        self.full = True

    def resume_writing(self):
        self.full = False
        while self.sleepers:
            self.sleepers.pop().set_result(None)
