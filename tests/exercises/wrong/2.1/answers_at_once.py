class Mailbox:
    def __init__(self):
        self.log = []

    def put(self, message):
        self.log.append(message)

    async def take(self, cursor, hold):
        return self.log[cursor:], len(self.log)
