def recipients(rooms, to, except_, sender):
    found = set().union(*rooms.values())
    for room in to:
        found &= rooms.get(room, set())
    for room in except_:
        found -= rooms.get(room, set())
    return sorted(found - {sender})
