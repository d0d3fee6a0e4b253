class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        self.sids[id] = set()
        return self.join(id, id)

    def join(self, id, room):
        events = []
        if room not in self.rooms:
            self.rooms[room] = set()
            events.append(("create-room", room))
        if id not in self.rooms[room]:
            self.rooms[room].add(id)
            self.sids[id].add(room)
            events.append(("join-room", room, id))
        return events

    def leave(self, id, room):
        events = []
        if id in self.rooms.get(room, []):
            self.rooms[room].discard(id)
            self.sids[id].discard(room)
            events.append(("leave-room", room, id))
            if len(self.rooms[room]) == 0:
                events.append(("delete-room", room))
        return events

    def disconnect(self, id):
        events = []
        for room in self.sids[id].copy():
            events.extend(self.leave(id, room))
        del self.sids[id]
        return events
