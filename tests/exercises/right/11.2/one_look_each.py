def recipients(rooms, to, except_, sender):
    """Goes over the sockets, and asks about each of them."""

    def in_any(id, names):
        return any(id in rooms.get(name, ()) for name in names)

    everybody = dict.fromkeys(id for members in rooms.values() for id in members)
    return [
        id
        for id in everybody
        if id != sender and not in_any(id, except_) and (not to or in_any(id, to))
    ]
