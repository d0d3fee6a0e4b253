def recipients(rooms, to, except_, sender):
    found = set()
    for room in to if to else rooms:
        found |= rooms.get(room, set())
    for room in except_:
        found -= rooms.get(room, set())
    found.discard(sender)
    return list(found)
