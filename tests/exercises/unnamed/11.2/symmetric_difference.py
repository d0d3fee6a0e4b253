def recipients(rooms, to, except_, sender):
    found = set()
    if not to:
        found = {id for row in rooms.values() for id in row}
    for room in to:
        found ^= rooms.get(room, set())
    for room in except_:
        found -= rooms.get(room, set())
    return list(found - {sender})
