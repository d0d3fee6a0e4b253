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
            rooms.setdefault(room, {})[socket.id] = user
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            io.to(room).emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room in [room for room in rooms if socket.id in rooms[room]]:
                rooms[room].pop(socket.id)
                socket.to(socket.rooms).emit("notice", f"{socket.id} left {room}")
                socket.to(socket.rooms).emit("userList", list(rooms[room].values()))
                if not rooms[room]:
                    del rooms[room]
            io.emit("roomList", list(rooms))
