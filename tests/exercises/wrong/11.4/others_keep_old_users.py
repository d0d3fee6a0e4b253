def chat(io):
    users = {}

    def of(room):
        return [user for (where, _), user in users.items() if where == room]

    def rooms():
        return list(dict.fromkeys(room for room, _ in users))

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", rooms())

        @socket.on("create")
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            users[room, socket.id] = user
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            socket.emit("userList", of(room))
            io.emit("roomList", rooms())

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room, id in list(users):
                if id == socket.id:
                    del users[room, id]
                    io.to(room).emit("notice", f"{id} left {room}")
                    io.to(room).emit("userList", of(room))
            io.emit("roomList", rooms())
