def recipients(rooms, to, except_, sender):
    if to:
        found = set()
        for room in to:
            found = found.union(rooms.setdefault(room, set()))
    else:
        found = set().union(*rooms.values())
    for room in except_:
        found = found.difference(rooms.get(room, set()))
    return [id for id in found if id != sender]
