class CarefulMailbox:
    waiters = deliveries = 0

    def put(self, message):
        pass

    async def take(self, cursor, hold):
        return [], 0
