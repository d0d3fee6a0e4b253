import re


def tenant_of(name):
    m = re.fullmatch(r"/tenant-([a-z0-9-]+)", name)
    return m and m[1]


def serve(io, read):
    parent = io.of(lambda name, auth: tenant_of(name) is not None)

    @parent.use
    async def member(socket):
        try:
            token = await read(socket.handshake.auth.get("token"))
        except ValueError:
            raise ConnectRefused("not authenticated") from None
        if token["tenant"] not in socket.nsp.name:
            raise ConnectRefused("not a member")
        socket.data["name"] = token["name"]

    @parent.on("connection")
    def come(socket):
        name = socket.data["name"]
        socket.on("open", lambda room: socket.join(room))
        socket.on(
            "say", lambda m: socket.nsp.to(m["room"]).emit("said", m["room"], name, m["text"])
        )
        socket.on("news", lambda m: socket.nsp.emit("news", name, m["text"]))
