def recipients(rooms, to, except_, sender):
    found = set()
    for room in to or rooms:
        found |= rooms[room]
    for room in except_:
        found -= rooms[room]
    return list(found - {sender})
