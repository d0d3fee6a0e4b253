class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        return self.join(id, id)

    def join(self, id, room):
        if id in self.rooms.get(room, set()):
            return []
        told = []
        if room not in self.rooms:
            self.rooms[room] = set()
            told = [("create-room", room)]
        self.rooms[room].add(id)
        if id not in self.sids:
            self.sids[id] = set()
        self.sids[id].add(room)
        told.append(("join-room", room, id))
        return told

    def leave(self, id, room):
        if id not in self.rooms.get(room, set()):
            return []
        told = [("leave-room", room, id)]
        self.rooms[room].remove(id)
        self.sids[id].remove(room)
        if not self.rooms[room]:
            del self.rooms[room]
            told += [("delete-room", room)]
        return told

    def disconnect(self, id):
        for room in list(self.rooms):
            self.leave(id, room)
        self.sids.pop(id)
        return []
