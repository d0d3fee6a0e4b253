def guard(io, read, now, delete):
    passed = {}
    admin = io.of("/admin")

    @admin.use
    async def check(socket):
        if socket.conn in passed:
            socket.data["name"] = passed[socket.conn]
            return
        try:
            token = await read(socket.handshake.auth.get("token"))
        except ValueError:
            raise ConnectRefused("not authenticated") from None
        if token["role"] != "admin" or not now() < token["until"]:
            raise ConnectRefused("not authorized")
        socket.data["name"] = passed[socket.conn] = token["name"]

    @admin.on("connection")
    def come(socket):
        socket.on("delete user", lambda name: delete(name, socket.data["name"]))
