def chat(io):
    rooms = {}

    def connected(socket):
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            if room not in rooms:
                rooms[room] = {}
            rooms[room][socket.id] = user
            io.to(room).emit("notice", f"{socket.id} joined")
            io.emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))

        def disconnect(reason, description):
            for room in list(rooms):
                if socket.id in rooms[room]:
                    rooms[room].pop(socket.id)
                    io.to(room).emit("notice", f"{socket.id} left")
                    io.emit("userList", list(rooms[room].values()))
                    if not rooms[room]:
                        del rooms[room]
            io.emit("roomList", list(rooms))

        socket.emit("roomList", list(rooms))
        socket.on("create", create)
        socket.on("disconnect", disconnect)

    io.on("connection", connected)
