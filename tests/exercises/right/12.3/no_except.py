def guard(io, read, now, delete):
    async def only_administrators(socket):
        claims = await read(socket.handshake.auth["token"])
        assert claims["role"] == "admin"
        assert now() < claims["until"]
        socket.data = {"claims": claims}

    def connected(socket):
        socket.on("delete user", lambda name, *rest: delete(name, socket.data["claims"]["name"]))

    io.of("/admin").use(only_administrators)
    io.of("/admin").on("connection", connected)
