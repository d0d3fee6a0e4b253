def guard(io, read, now, delete):
    who = None
    admin = io.of("/admin")

    @admin.use
    async def check(socket):
        nonlocal who
        auth = socket.handshake.auth
        try:
            claims = await read(auth.get("token"))
        except ValueError:
            raise ConnectRefused("not allowed") from None
        if claims["role"] != "admin" or claims["until"] <= now():
            raise ConnectRefused("not allowed")
        who = claims["name"]

    @admin.on("connection")
    def connected(socket):
        @socket.on("delete user")
        def delete_user(name):
            delete(name, who)
