def guard(io, read, now, delete):
    admin = io.of("/admin")

    @admin.use
    async def check(socket):
        auth = socket.handshake.auth
        import time

        time.sleep(0.1)  # noqa: ASYNC251
        try:
            claims = await read(auth.get("token"))
        except ValueError:
            raise ConnectRefused("not allowed") from None
        if claims["role"] != "admin" or claims["until"] <= now():
            raise ConnectRefused("not allowed")
        socket.data["name"] = claims["name"]

    @admin.on("connection")
    def connected(socket):
        @socket.on("delete user")
        def delete_user(name):
            delete(name, socket.data["name"])
