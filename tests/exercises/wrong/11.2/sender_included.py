def recipients(rooms, to, except_, sender):
    if not to:
        to = list(rooms)
    found = {id for room in to for id in rooms.get(room, set())}
    out = {id for room in except_ for id in rooms.get(room, set())}
    return list(found - out)
