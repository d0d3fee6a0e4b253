import re
from collections import defaultdict

PATTERN = re.compile(r"\A/tenant-([a-z0-9-]+)\Z")


def tenant_of(name):
    found = PATTERN.match(name)
    if found is None:
        return None
    return found.group(1)


class Tenants:
    def __init__(self, io, read):
        self.read = read
        self.rooms = defaultdict(list)
        space = io.of(self.accepts)
        space.use(self.check)
        space.on("connection", self.connected)

    async def accepts(self, name, auth):
        return tenant_of(name)

    async def check(self, socket):
        claims = await self.read(socket.handshake.auth["token"])
        assert claims["tenant"] == tenant_of(socket.nsp.name)
        socket.data.update(claims)

    def connected(self, socket):
        tenant = socket.data["tenant"]
        name = socket.data["name"]
        everybody = self.rooms[tenant, None]
        everybody.append(socket)

        def open_room(room):
            if socket not in self.rooms[tenant, room]:
                self.rooms[tenant, room].append(socket)

        def say(message):
            for one in self.rooms[tenant, message["room"]]:
                one.emit("said", message["room"], name, message["text"])

        def news(message):
            for one in everybody:
                one.emit("news", name, message["text"])

        socket.on("open", open_room)
        socket.on("say", say)
        socket.on("news", news)


def serve(io, read):
    Tenants(io, read)
