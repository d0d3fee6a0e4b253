def recipients(rooms, to, except_, sender):
    found = set(rooms) if not to else {id for room in to for id in rooms.get(room, ())}
    found -= {id for room in except_ for id in rooms.get(room, ())}
    found.discard(sender)
    return list(found)
