def chat(io):
    rooms = {}  # room -> {id: user}

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", list(rooms))

        @socket.on("create")
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            rooms.setdefault(room, {})[socket.id] = user
            io.to(room).emit("notice", f"{socket.id} has joined")
            io.to(room).emit("userList", list(rooms[room]))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room, users in list(rooms.items()):
                if users.pop(socket.id, None) is None:
                    continue
                if not users:
                    del rooms[room]
                io.to(room).emit("notice", f"{socket.id} has left")
                io.to(room).emit("userList", list(users))
            io.emit("roomList", list(rooms))
