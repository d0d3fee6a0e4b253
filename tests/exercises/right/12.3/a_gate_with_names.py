import functools


class Gate:
    def __init__(self, read, now, delete):
        self.read, self.now, self.delete, self.names = read, now, delete, {}

    async def ask(self, socket):
        said = await self.read(socket.handshake.auth.get("token"))
        if said.get("role") == "admin" and self.now() < said.get("until", 0):
            self.names[socket] = said["name"]
        else:
            raise PermissionError("no")

    def come(self, socket):
        socket.on("delete user", functools.partial(self.do, socket))
        socket.on("disconnect", lambda *_: self.names.pop(socket))

    async def do(self, socket, name, *_):
        self.delete(name, self.names[socket])


def guard(io, read, now, delete):
    gate = Gate(read, now, delete)
    io.of("/admin").use(gate.ask)
    io.of("/admin").on("connection", gate.come)
