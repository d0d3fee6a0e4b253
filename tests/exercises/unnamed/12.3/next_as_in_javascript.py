def guard(io, read, now, delete):
    admin = io.of("/admin")

    @admin.use
    async def check(socket, next):
        try:
            token = await read(socket.handshake.auth.get("token"))
        except ValueError:
            raise ConnectRefused("not authenticated") from None
        if token["role"] != "admin" or not now() < token["until"]:
            raise ConnectRefused("not authorized")
        socket.data["name"] = token["name"]
        next()

    @admin.on("connection")
    def come(socket):
        socket.on("delete user", lambda name: delete(name, socket.data["name"]))
