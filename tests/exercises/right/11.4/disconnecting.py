class Room:
    def __init__(self, io, name):
        self.io, self.name, self.users = io, name, []

    def tell(self, text):
        self.io.to(self.name).emit("notice", text)
        self.io.to(self.name).emit("userList", tuple(user for _, user in self.users))


def chat(io):
    rooms = {}

    def tell_rooms(to=io):
        to.emit("roomList", sorted(rooms))

    def connected(socket):
        tell_rooms(socket)

        def create(name, user):
            if any(name == id for id in io.sockets.sockets):
                return
            if name not in rooms:
                rooms[name] = Room(io, name)
            room = rooms[name]
            socket.join(name)
            if socket.id not in dict(room.users):
                room.users.append((socket.id, user))
            room.tell(f"{user} ({socket.id}) is here")
            tell_rooms()

        def disconnecting(*why):
            for name in socket.rooms[1:]:
                room = rooms[name]
                room.users = [one for one in room.users if one[0] != socket.id]
                room.tell(f"{socket.id} has gone: {why[0]}")
                if not room.users:
                    rooms.pop(name)
            tell_rooms()

        socket.on("create", create)
        socket.on("disconnecting", disconnecting)

    io.on("connection", connected)
