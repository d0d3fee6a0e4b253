class Table:
    def __init__(self):
        self.rooms, self.sids = {}, {}

    def connect(self, id):
        return self.join(id, id)

    def join(self, id, room):
        own = self.sids.setdefault(id, set())
        if room in own:
            return []
        own.add(room)
        new = room not in self.rooms
        self.rooms.setdefault(room, set()).add(id)
        return [("create-room", room)] * new + [("join-room", room, id)]

    def leave(self, id, room):
        self.rooms.get(room, set()).discard(id)
        self.sids.get(id, set()).discard(room)
        told = [("leave-room", room, id)]
        if room in self.rooms and not self.rooms[room]:
            del self.rooms[room]
            told.append(("delete-room", room))
        return told

    def disconnect(self, id):
        told = [event for room in list(self.sids[id]) for event in self.leave(id, room)]
        del self.sids[id]
        return told
