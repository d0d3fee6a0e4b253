def recipients(rooms, to, except_, sender):
    found = {id for room in to or rooms for id in rooms.get(room, ())}
    found -= {id for room in except_ for id in rooms.get(room, ())}
    found.discard(sender)
    return list(found) or None
