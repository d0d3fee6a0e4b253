def chat(io):
    rooms = {}

    @io.on("connection")
    def connected(socket):
        mine = {}
        socket.emit("roomList", list(rooms))

        @socket.on("create")
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            mine[room] = user
            rooms.setdefault(room, set()).add(user)
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            io.to(room).emit("userList", list(rooms[room]))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room, user in mine.items():
                rooms[room].discard(user)
                io.to(room).emit("notice", f"{socket.id} left {room}")
                io.to(room).emit("userList", list(rooms[room]))
                if not rooms[room]:
                    del rooms[room]
            io.emit("roomList", list(rooms))
