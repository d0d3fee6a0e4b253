def guard(io, read, now, delete):
    admin = io.of("/admin")

    @admin.on("connection")
    def connected(socket):
        @socket.on("delete user")
        async def delete_user(name):
            claims = await read(socket.handshake.auth.get("token"))
            if claims["role"] == "admin" and now() < claims["until"]:
                delete(name, claims["name"])
