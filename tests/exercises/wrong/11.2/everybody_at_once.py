def recipients(rooms, to, except_, sender):
    if not to:
        return [id for id in {id for row in rooms.values() for id in row} if id != sender]
    found = set()
    for room in to:
        found.update(rooms.get(room, ()))
    for room in except_:
        found.difference_update(rooms.get(room, ()))
    found.discard(sender)
    return list(found)
