def chat(io):
    """Asks the adapter for everything; a name is kept in socket.data."""
    adapter = io.of("/").adapter

    def room_list():
        return [room for room in adapter.rooms if room not in adapter.sids]

    async def tell(room, text):
        sockets = await io.in_(room).fetch_sockets()
        io.in_(room).emit("notice", text)
        io.in_(room).emit("userList", [other.data["user"] for other in sockets])

    async def connected(socket):
        socket.emit("roomList", room_list())
        left = []

        async def create(room, user):
            if room not in adapter.sids:
                socket.data["user"] = user
                socket.join([room])
                await tell(room, f"welcome, {socket.id}")
                io.emit("roomList", room_list())

        @socket.on("disconnecting")
        def disconnecting(reason, description):
            left.extend(room for room in socket.rooms if room != socket.id)

        async def disconnect(reason, description):
            for room in left:
                await tell(room, f"goodbye, {socket.id}")
            io.emit("roomList", room_list())

        socket.on("create", create)
        socket.on("disconnect", disconnect)

    io.on("connection", connected)
