def guard(io, read, now, delete):
    admin = io.of("/admin")

    @admin.use
    def check(socket):
        auth = socket.handshake.auth
        if auth.get("role") != "admin":
            raise ConnectRefused("only for administrators")
        socket.data["name"] = auth.get("name")

    @admin.on("connection")
    def connected(socket):
        @socket.on("delete user")
        def delete_user(name):
            delete(name, socket.data["name"])
