class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        return self.join(id, id)

    def join(self, id, room):
        told = []
        if room not in self.rooms:
            self.rooms[room] = set()
            told.append(("create-room", room))
        self.rooms[room].add(id)
        self.sids.setdefault(id, set()).add(room)
        told.append(("join-room", room, id))
        return told

    def leave(self, id, room):
        if room not in self.rooms or id not in self.rooms[room]:
            return []
        self.rooms[room].discard(id)
        self.sids[id].discard(room)
        told = [("leave-room", room, id)]
        if not self.rooms[room]:
            told.append(("delete-room", room))
            del self.rooms[room]
        return told

    def disconnect(self, id):
        told = []
        for room in sorted(self.sids[id]):
            told += self.leave(id, room)
        del self.sids[id]
        return told
