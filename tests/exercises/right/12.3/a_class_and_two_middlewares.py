import functools


class Guard:
    def __init__(self, read, now, delete):
        self.read, self.now, self.delete = read, now, delete
        self.names = {}

    async def knows(self, socket):
        token = socket.handshake.auth.get("token")
        if not isinstance(token, str) or not token:
            raise ConnectRefused("no token", {"code": 401})
        try:
            socket.data["claims"] = await self.read(token)
        except Exception:
            raise ConnectRefused("bad token", {"code": 401}) from None

    def may(self, socket):
        claims = socket.data["claims"]
        if self.now() >= claims.get("until", 0):
            raise ConnectRefused("expired", {"code": 401})
        if claims.get("role") != "admin":
            raise ConnectRefused("forbidden", {"code": 403})
        self.names[socket.id] = claims["name"]

    async def connected(self, socket):
        socket.on("delete user", functools.partial(self.delete_user, socket))
        socket.on("disconnect", lambda *reason: self.names.pop(socket.id, None))

    async def delete_user(self, socket, name):
        self.delete(name, by=self.names[socket.id])


def guard(io, read, now, delete):
    one = Guard(read, now, delete)
    space = io.of("/admin")
    space.use(one.knows)
    space.use(one.may)
    space.on("connection", one.connected)
