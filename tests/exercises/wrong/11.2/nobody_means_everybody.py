def recipients(rooms, to, except_, sender):
    found = set()
    for room in to:
        found |= rooms.get(room, set())
    if not found:
        found = set().union(*rooms.values())
    for room in except_:
        found -= rooms.get(room, set())
    found.discard(sender)
    return list(found)
