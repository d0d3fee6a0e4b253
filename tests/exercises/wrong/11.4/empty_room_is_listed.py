from collections import defaultdict


def chat(io):
    rooms = defaultdict(dict)

    @io.on("connection")
    def connected(socket):
        socket.emit("roomList", list(rooms))

        @socket.on("create")
        def create(room, user):
            if room in io.of("/").adapter.sids:
                return
            socket.join(room)
            rooms[room][socket.id] = user
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            io.to(room).emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))

        @socket.on("disconnect")
        def disconnect(reason, description):
            for room, users in rooms.items():
                if users.pop(socket.id, None):
                    io.to(room).emit("notice", f"{socket.id} left {room}")
                    io.to(room).emit("userList", list(users.values()))
            io.emit("roomList", list(rooms))
