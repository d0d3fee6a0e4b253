def guard(io, read, now, delete):
    admin = io.of("/admin")

    @admin.on("connection")
    async def connected(socket):
        name = None

        @socket.on("delete user")
        def delete_user(user):
            delete(user, name)

        try:
            claims = await read(socket.handshake.auth.get("token"))
        except ValueError:
            socket.disconnect()
            return
        if claims["role"] != "admin" or claims["until"] <= now():
            socket.disconnect()
        name = claims["name"]
