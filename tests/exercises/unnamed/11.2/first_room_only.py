def recipients(rooms, to, except_, sender):
    for room in to:
        return [
            id
            for id in rooms.get(room, ())
            if id != sender and not any(id in rooms.get(x, ()) for x in except_)
        ]
    return [
        id
        for id in rooms
        if id in rooms[id] and id != sender and not any(id in rooms.get(x, ()) for x in except_)
    ]
