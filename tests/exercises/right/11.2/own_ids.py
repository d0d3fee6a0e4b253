from itertools import chain


def recipients(rooms, to, except_, sender):
    kept_out = {sender, *chain.from_iterable(rooms.get(room, ()) for room in except_)}
    if len(to) == 0:
        named = frozenset(room for room, members in rooms.items() if room in members)
    else:
        named = frozenset().union(*(rooms[room] for room in to if room in rooms))
    return named - kept_out
