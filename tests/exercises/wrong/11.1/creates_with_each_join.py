class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        self.sids[id] = set()
        return self.join(id, id)

    def join(self, id, room):
        if room in self.sids[id]:
            return []
        self.sids[id].add(room)
        self.rooms[room] = self.rooms.get(room, set()) | {id}
        return [("create-room", room), ("join-room", room, id)]

    def leave(self, id, room):
        if room not in self.sids[id]:
            return []
        self.sids[id].remove(room)
        self.rooms[room].remove(id)
        if self.rooms[room]:
            return [("leave-room", room, id)]
        self.rooms.pop(room)
        return [("leave-room", room, id), ("delete-room", room)]

    def disconnect(self, id):
        told = []
        for room in [*self.sids[id]]:
            told += self.leave(id, room)
        self.sids.pop(id)
        return told
