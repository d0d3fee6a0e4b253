def recipients(rooms, to, except_, sender):
    found = {id for room in to or rooms for id in rooms.get(room, ())}
    return [id for id in found if id != sender and id not in except_]
