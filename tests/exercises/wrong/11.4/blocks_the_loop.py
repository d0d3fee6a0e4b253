import time


def chat(io):
    rooms = {}

    @io.on("connection")
    def connected(socket):
        time.sleep(0.1)
        socket.emit("roomList", list(rooms))

        @socket.on("create")
        def create(room, user):
            socket.join(room)
            rooms.setdefault(room, {})[socket.id] = user
            time.sleep(0.1)
            io.to(room).emit("notice", f"{socket.id} joined {room}")
            io.to(room).emit("userList", list(rooms[room].values()))
            io.emit("roomList", list(rooms))
