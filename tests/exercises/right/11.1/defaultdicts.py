from collections import defaultdict


class Table:
    """Dicts keep the order of joining; rows of defaultdicts appear by themselves."""

    def __init__(self):
        self.rooms, self.sids = defaultdict(dict), defaultdict(dict)

    def connect(self, id):
        return self.join(id, id)

    def join(self, id, room):
        if id in self.rooms.get(room, {}):
            return []
        new = room not in self.rooms
        self.rooms[room][id] = self.sids[id][room] = True
        joined = ("join-room", room, id)
        return [("create-room", room), joined] if new else [joined]

    def leave(self, id, room):
        if id not in self.rooms.get(room, {}):
            return []
        del self.rooms[room][id], self.sids[id][room]
        told = [("leave-room", room, id)]
        if len(self.rooms[room]) == 0:
            self.rooms.pop(room)
            told += [("delete-room", room)]
        return told

    def disconnect(self, id):
        told = [event for room in tuple(self.sids[id]) for event in self.leave(id, room)]
        del self.sids[id]
        return told
