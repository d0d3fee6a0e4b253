def chat(io):
    rooms = {}
    current = None

    def connected(socket):
        nonlocal current
        current = socket
        socket.emit("roomList", list(rooms))
        socket.on("create", create)
        socket.on("disconnect", disconnect)

    def create(room, user):
        if room in io.of("/").adapter.sids:
            return
        current.join(room)
        rooms.setdefault(room, {})[current.id] = user
        io.to(room).emit("notice", current.id)
        io.to(room).emit("userList", list(rooms[room].values()))
        io.emit("roomList", list(rooms))

    def disconnect(reason, description):
        for room in list(rooms):
            if rooms[room].pop(current.id, None):
                io.to(room).emit("notice", current.id)
                io.to(room).emit("userList", list(rooms[room].values()))
                if not rooms[room]:
                    del rooms[room]
        io.emit("roomList", list(rooms))

    io.on("connection", connected)
