class Table:
    def __init__(self):
        self.rooms = {}
        self.sids = {}

    def connect(self, id):
        self.sids[id] = {id}
        self.rooms[id] = {id}
        return [("create-room", id), ("join-room", id, id)]

    def join(self, id, room):
        if room in self.sids[id]:
            return []
        events = [] if room in self.rooms else [("create-room", room)]
        self.rooms.setdefault(room, set()).add(id)
        self.sids[id].add(room)
        events.append(("join-room", room, id))
        return events

    def leave(self, id, room):
        if id not in self.rooms.get(room, set()):
            return []
        events = [("leave-room", room, id)]
        self.rooms[room].remove(id)
        if not self.rooms[room]:
            del self.rooms[room]
            events.append(("delete-room", room))
        return events

    def disconnect(self, id):
        events = []
        for room in self.sids.pop(id):
            events += self.leave(id, room)
        return events
