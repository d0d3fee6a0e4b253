class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        self.sids[id] = []
        return self.join(id, id)

    def join(self, id, room):
        events = []
        if room not in self.rooms:
            self.rooms[room] = []
            events.append(("create-room", room))
        self.rooms[room].append(id)
        self.sids[id].append(room)
        events.append(("join-room", room, id))
        return events

    def leave(self, id, room):
        if room not in self.sids[id]:
            return []
        self.sids[id].remove(room)
        self.rooms[room].remove(id)
        events = [("leave-room", room, id)]
        if not self.rooms[room]:
            del self.rooms[room]
            events.append(("delete-room", room))
        return events

    def disconnect(self, id):
        events = []
        for room in list(self.sids[id]):
            events += self.leave(id, room)
        del self.sids[id]
        return events
