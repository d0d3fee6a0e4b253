def recipients(rooms, to, except_, sender):
    found = {id for room in to or rooms for id in rooms.get(room, ())}
    for room, members in rooms.items():
        if sender in members or room in except_:
            found -= members
    return list(found)
