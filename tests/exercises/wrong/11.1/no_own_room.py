class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        self.sids[id] = set()
        return []

    def join(self, id, room):
        told = []
        members = self.rooms.get(room)
        if members is None:
            members = self.rooms[room] = set()
            told.append(("create-room", room))
        if id in members:
            return told
        members.add(id)
        self.sids[id].add(room)
        told.append(("join-room", room, id))
        return told

    def leave(self, id, room):
        members = self.rooms.get(room, set())
        if id not in members:
            return []
        members.remove(id)
        self.sids[id].remove(room)
        if members:
            return [("leave-room", room, id)]
        del self.rooms[room]
        return [("leave-room", room, id), ("delete-room", room)]

    def disconnect(self, id):
        told = []
        for room in list(self.sids[id]):
            told += self.leave(id, room)
        del self.sids[id]
        return told
