def chat(io):
    rooms = {}

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
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            io.to(room).emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            room = socket.data.get("room")
            if room is None:
                return
            del rooms[room][socket.id]
            io.to(room).emit("notice", f"{socket.id} left {room}")
            io.to(room).emit("userList", list(rooms[room].values()))
            if not rooms[room]:
                del rooms[room]
            io.emit("roomList", list(rooms))
