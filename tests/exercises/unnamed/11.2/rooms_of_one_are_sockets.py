def recipients(rooms, to, except_, sender):
    found = set()
    if not to:
        found = {room for room, m in rooms.items() if len(m) == 1}
    for room in to:
        found |= rooms.get(room, set())
    for room in except_:
        found -= rooms.get(room, set())
    return list(found - {sender})
