def recipients(rooms, to, except_, sender):
    found = set()
    if not to:
        found = {id for id, m in rooms.items() if m == {id}}
    for room in to:
        found |= rooms.get(room, set())
    for room in except_:
        found -= rooms.get(room, set())
    return found - {sender}
