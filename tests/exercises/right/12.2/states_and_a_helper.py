from inspect import isawaitable


async def passed(middleware, socket):
    value = middleware(socket)
    return await value if isawaitable(value) else value


class Door:
    FREE, ASKING, JOINED, GONE = range(4)

    def __init__(self, middlewares):
        self.middlewares, self.state = tuple(middlewares), Door.FREE

    async def connect(self, socket):
        if self.state != Door.FREE:
            return ["close"]
        self.state = Door.ASKING
        left = list(self.middlewares)
        try:
            while left and self.state == Door.ASKING:
                await passed(left.pop(0), socket)
        except ConnectRefused as error:
            data = {} if error.data is None else {"data": error.data}
            return self.refused({"message": str(error), **data})
        except Exception as error:
            return self.refused({"message": str(error)})
        if self.state == Door.GONE:
            return None
        self.state = Door.JOINED
        socket.connected = True
        return ["connect", {"sid": socket.id}]

    def refused(self, said):
        if self.state == Door.GONE:
            return None
        self.state = Door.FREE
        return ["connect_error", said]

    def lost(self):
        self.state = Door.GONE
