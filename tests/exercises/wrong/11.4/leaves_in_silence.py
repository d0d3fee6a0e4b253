def chat(io):
    adapter = io.of("/").adapter

    def rooms():
        return [room for room in adapter.rooms if room not in adapter.sids]

    async def tell(room, text):
        sockets = await io.in_(room).fetch_sockets()
        io.to(room).emit("notice", text)
        io.to(room).emit("userList", [socket.data["user"] for socket in sockets])

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", rooms())

        @socket.on("create")
        async def create(room, user):
            if room in adapter.sids:
                return
            socket.data["user"] = user
            socket.join(room)
            await tell(room, f"{socket.id} is here")
            io.emit("roomList", rooms())

        @socket.on("disconnect")
        async def disconnect(reason, description):
            for room in socket.rooms:
                await tell(room, f"{socket.id} has gone")
            io.emit("roomList", rooms())
