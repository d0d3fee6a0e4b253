class Table:
    def __init__(self):
        self.rooms: dict[str, list[str]] = {}
        self.sids: dict[str, list[str]] = {}

    def connect(self, id):
        return self.join(id, id)

    def join(self, id, room):
        told = [] if room in self.rooms else [["create-room", room]]
        members = self.rooms.setdefault(room, [])
        if id in members:
            return []
        members.append(id)
        self.sids.setdefault(id, []).append(room)
        return [*told, ["join-room", room, id]]

    def leave(self, id, room):
        try:
            self.rooms[room].remove(id)
        except (KeyError, ValueError):
            return []
        self.sids[id].remove(room)
        if self.rooms[room]:
            return [["leave-room", room, id]]
        del self.rooms[room]
        return [["leave-room", room, id], ["delete-room", room]]

    def disconnect(self, id):
        told = []
        while self.sids.get(id):
            told.extend(self.leave(id, self.sids[id][-1]))
        self.sids.pop(id, None)
        return told
