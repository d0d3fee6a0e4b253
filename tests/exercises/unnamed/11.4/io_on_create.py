def chat(io):
    rooms = {}

    @io.on("create")
    def create(socket, room, user):
        socket.join(room)
        rooms.setdefault(room, {})[socket.id] = user
        io.to(room).emit("notice", socket.id)
        io.to(room).emit("userList", list(rooms[room].values()))
        io.emit("roomList", list(rooms))
