def chat(io):
    adapter = io.of("/").adapter
    users = {}

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", list(adapter.rooms))

        @socket.on("create")
        def create(room, user):
            if room in adapter.sids:
                return
            socket.join(room)
            users.setdefault(room, {})[socket.id] = user
            io.to(room).emit("notice", socket.id + " is here")
            io.to(room).emit("userList", [*users[room].values()])
            io.emit("roomList", list(adapter.rooms))

        @socket.on("disconnect")
        def gone(reason, description):
            for room in list(users):
                if socket.id in users[room]:
                    del users[room][socket.id]
                    io.to(room).emit("notice", socket.id + " is gone")
                    io.to(room).emit("userList", [*users[room].values()])
            io.emit("roomList", list(adapter.rooms))
