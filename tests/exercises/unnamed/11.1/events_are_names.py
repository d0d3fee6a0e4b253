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
            events.append("create-room")
        self.rooms[room].add(id)
        self.sids[id].add(room)
        events.append("join-room")
        return events

    def leave(self, id, room):
        if room not in self.sids.get(id, set()):
            return []
        self.sids[id].remove(room)
        self.rooms[room].remove(id)
        events = ["leave-room"]
        if not self.rooms[room]:
            del self.rooms[room]
            events.append("delete-room")
        return events

    def disconnect(self, id):
        events = []
        for room in list(self.sids.get(id, ())):
            events += self.leave(id, room)
        self.sids.pop(id, None)
        return events
