def recipients(rooms, to, except_, sender):
    if to:
        found = rooms.get(to[0], set())
        for room in to[1:]:
            found |= rooms.get(room, set())
    else:
        found = {id for row in rooms.values() for id in row}
    for room in except_:
        found = found - rooms.get(room, set())
    return [id for id in found if id != sender]
