def recipients(rooms, to, except_, sender):
    found = set()
    for room in to:
        found = found | rooms.get(room, set())
    out = {sender}
    for room in except_:
        out = out | rooms.get(room, set())
    return list(found - out)
