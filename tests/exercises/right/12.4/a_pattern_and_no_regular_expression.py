import re
import string

LETTERS = set(string.ascii_lowercase + string.digits + "-")


def tenant_of(name):
    tenant = name.removeprefix("/tenant-")
    if tenant == name or not tenant or set(tenant) - LETTERS:
        return None
    return tenant


def serve(io, read):
    parent = io.of(re.compile("/tenant-[a-z0-9-]+"))

    async def member(socket):
        token = socket.handshake.auth.get("token", "")
        try:
            claims = await read(token)
        except ValueError as error:
            raise ConnectRefused("bad token") from error
        socket.data["claims"] = claims
        if "/tenant-" + claims["tenant"] != socket.nsp.name:
            raise ConnectRefused("another tenant", {"yours": claims["tenant"]})

    def connected(socket):
        name = socket.data["claims"]["name"]
        here = socket.nsp

        async def say(message):
            here.in_(message["room"]).emit("said", message["room"], name, message["text"])

        socket.on("open", socket.join)
        socket.on("say", say)
        socket.on("news", lambda message: here.emit("news", name, message["text"]))

    parent.use(member)
    parent.on("connection", connected)
