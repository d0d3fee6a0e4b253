def recipients(rooms, to, except_, sender):
    chosen = to if to else rooms.keys()
    found = set()
    for room in chosen:
        if room not in except_ and room in rooms:
            found.update(rooms[room])
    found.discard(sender)
    return list(found)
