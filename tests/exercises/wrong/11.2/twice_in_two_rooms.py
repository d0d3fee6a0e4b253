def recipients(rooms, to, except_, sender):
    found = []
    if to:
        for room in to:
            found.extend(rooms.get(room, []))
    else:
        found = [room for room in rooms if room in rooms[room]]
    kept_out = [sender]
    for room in except_:
        kept_out.extend(rooms.get(room, []))
    return [id for id in found if id not in kept_out]
