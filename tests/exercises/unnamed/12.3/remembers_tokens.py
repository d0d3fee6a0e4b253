def guard(io, read, now, delete):
    cache = {}
    admin = io.of("/admin")

    @admin.use
    async def check(socket):
        try:
            t = socket.handshake.auth.get("token")
            if t not in cache:
                cache[t] = await read(t)
                if not now() < cache[t]["until"]:
                    raise ValueError
            token = cache[t]
        except ValueError:
            raise ConnectRefused("not authenticated") from None
        if token["role"] != "admin":
            raise ConnectRefused("not authorized")
        socket.data["name"] = token["name"]

    @admin.on("connection")
    def come(socket):
        socket.on("delete user", lambda name: delete(name, socket.data["name"]))
