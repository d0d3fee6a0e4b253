import re


def tenant_of(name):
    match = re.fullmatch(r"/tenant-([a-z0-9-]+)", name)
    return match[1] if match else None


def serve(io, read):
    tenants = io.of(lambda name, auth: tenant_of(name) is not None)

    @tenants.use
    async def check(socket):
        auth = socket.handshake.auth
        claims = await read(auth.get("token"))
        if claims["tenant"] != tenant_of(socket.nsp.name):
            raise ConnectRefused("not a member")
        socket.data["name"] = auth.get("name", claims["name"])

    @tenants.on("connection")
    def connected(socket):
        @socket.on("open")
        def open_room(room):
            socket.join(room)

        @socket.on("say")
        def say(message):
            room = message["room"]
            socket.nsp.to(room).emit("said", room, socket.data["name"], message["text"])

        @socket.on("news")
        def news(message):
            socket.nsp.emit("news", socket.data["name"], message["text"])
