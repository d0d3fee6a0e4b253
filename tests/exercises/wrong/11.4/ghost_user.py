def chat(io):
    adapter = io.of("/").adapter
    names = {}

    def rooms():
        return [room for room in adapter.rooms if room not in adapter.sids]

    def users(room):
        return [names[id] for id in adapter.rooms[room]]

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", rooms())

        @socket.on("create")
        def create(room, user):
            if room in adapter.sids:
                return
            names[socket.id] = user
            socket.join(room)
            io.to(room).emit("notice", f"{socket.id} joined")
            io.to(room).emit("userList", users(room))
            io.emit("roomList", rooms())

        @socket.on("disconnecting")
        def leaving(reason, description):
            for room in socket.rooms:
                if room != socket.id:
                    socket.to(room).emit("notice", f"{socket.id} left")
                    socket.to(room).emit("userList", users(room))

        @socket.on("disconnect")
        def left(reason, description):
            io.emit("roomList", rooms())
