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
        events = []
        if room not in self.rooms:
            self.rooms[room] = set()
            events.append(("create-room", room))
        self.rooms[room].add(id)
        self.sids[id].add(room)
        events.append(("join-room", room, id))
        return events

    def leave(self, id, room):
        self.sids[id].discard(room)
        self.rooms.setdefault(room, set()).discard(id)
        events = [("leave-room", room, id)]
        if not self.rooms[room]:
            del self.rooms[room]
            events.append(("delete-room", room))
        return events

    def disconnect(self, id):
        events = []
        for room in list(self.sids.get(id, ())):
            events += self.leave(id, room)
        self.sids.pop(id, None)
        return events
