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
            socket.data["room"] = room
            rooms.setdefault(room, {})[socket.id] = user
            io.to(room).emit("notice", f"{socket.id} has joined")
            io.to(room).emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room in [socket.data["room"]]:
                users = rooms[room]
                del users[socket.id]
                if not users:
                    del rooms[room]
                io.to(room).emit("notice", f"{socket.id} has left")
                io.to(room).emit("userList", list(users.values()))
            io.emit("roomList", list(rooms))
