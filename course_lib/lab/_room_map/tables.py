"""The map as it is now: a table for each namespace, from the adapter's two indexes.

Lessons 11 and 12.  Builds on: socketio (its adapter), `figures.grid`.
Used by: `paths`, `measuring`, `lab.room_map`.

    adapter.rooms   {"news": [id, id], id: [id], ...}     ──>   /        news   cats
    adapter.sids    {id: [id, "news"], ...}                     Ada       ●

    its name   names, else socket.data["name"], else handshake.auth["name"], else that of the
               same client in another namespace, else the beginning of the id

New here: ids, which nobody can read, become names; sockets of one name are numbered.
Left out: sockets of other processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...socketio import Server
from ...socketio.namespace import Namespace
from ...socketio.sockets import Socket
from ..figures.figure import count_of
from ..figures.grid import IN, MOST_COLUMNS, Grid, listed

Names = Mapping[str, str] | Callable[[Socket], str | None] | None
BEGINNING = 6  # characters of an id
LONGEST = 40  # characters of a name
MOST = 8  # namespaces


def name_of(socket: Socket, names: Names = None) -> str:
    """What a socket is called."""
    given = names(socket) if callable(names) else (names or {}).get(socket.id)
    others = (one for one in socket.client.sockets.values() if one is not socket)
    found = (given, own_name(socket), *map(own_name, others), socket.id[:BEGINNING])
    return next(clean(name) for name in found if name)


def clean(name: object) -> str:
    """A name from outside: one line, and not too long."""
    return " ".join(str(name)[: 2 * LONGEST].split())[:LONGEST]


def own_name(socket: Socket) -> Any:
    """The name that the application, or the client, has given to this socket."""
    for told in (socket.data, socket.handshake.auth):
        if isinstance(told, Mapping) and told.get("name"):
            return told["name"]
    return None


def labels(namespace: Namespace, names: Names = None) -> dict[str, str]:
    """id → name, of all that the adapter knows; a name that is there twice gets a number."""
    found: dict[str, str] = {}
    for id in dict.fromkeys([*namespace.sockets, *namespace.adapter.sids]):
        socket = namespace.sockets.get(id)
        if socket is not None:
            label = name_of(socket, names)
        elif id in namespace.joining:
            label = f"{name_of(namespace.joining[id], names)} (joins)"
        else:
            label = f"{id[:BEGINNING]} (gone)"
        found[id] = label
    return numbered(found)


def numbered(found: Mapping[str, str]) -> dict[str, str]:
    """The same, where the second of a name is "Kim 2"."""
    taken: set[str] = set()
    result = {}
    for id, label in found.items():
        unique, number = label, 1
        while unique in taken:
            number += 1
            unique = f"{label} {number}"
        taken.add(unique)
        result[id] = unique
    return result


def qualified(name: str, namespace: str, only: str | None) -> str:
    """A name that is good for the whole map: "Noa in /admin"."""
    return name if namespace in ("/", only) else f"{name} in {namespace}"


def room_label(room: str, known: Mapping[str, str]) -> str:
    """The name of a room; that of an own id says whose it is."""
    return f"{known[room]}'s own id" if room in known else clean(room)


def namespaces(server: Server, only: str | None) -> list[Namespace]:
    """The namespaces of a map, in the order in which they were made."""
    every = list(server.namespaces.values())
    return every if only is None else [one for one in every if one.name == only]


def people(spaces: Iterable[Namespace], names: Names, only: str | None) -> list[str]:
    """The names of all sockets."""
    return [
        qualified(name, one.name, only) for one in spaces for name in labels(one, names).values()
    ]


def now(spaces: Sequence[Namespace], names: Names, own_ids: bool) -> list[Grid]:
    """A table for each namespace; those that are too many are counted."""
    grids = [_grid(one, names, own_ids) for one in spaces[:MOST]]
    if more := spaces[MOST:]:
        sockets = count_of(sum(len(one.sockets) for one in more), "socket")
        grids.append(Grid(f"and {count_of(len(more), 'namespace')} more", [], [], sockets))
    return grids


def _grid(namespace: Namespace, names: Names, own_ids: bool) -> Grid:
    adapter = namespace.adapter
    known = labels(namespace, names)
    rooms = [room for room in adapter.rooms if own_ids or room not in known]
    shown, hidden = rooms[:MOST_COLUMNS], rooms[MOST_COLUMNS:]
    columns = [room_label(room, known) for room in shown]
    rows = []
    for id, label in known.items():
        mine = adapter.sids.get(id, {})
        marks = [IN if room in mine else "" for room in shown]
        if hidden:
            count = sum(room in mine for room in hidden)
            marks.append(f"{count}" if count else "")
        rows.append((label, marks))
    if hidden:
        columns.append(f"in {len(hidden)} more rooms")
    elsewhere = [_elsewhere(namespace, id) for id in known]
    if any(elsewhere):
        columns.append("also in")
        for (_, marks), other in zip(rows, elsewhere, strict=True):
            marks.append(other)
    about = f"{count_of(len(known), 'socket')}, {count_of(len(rooms), 'room')}"
    return Grid(namespace.name, columns, rows, about if known else "nobody")


def _elsewhere(namespace: Namespace, id: str) -> str:
    """The other namespaces of this client."""
    socket = namespace.sockets.get(id)
    names = [] if socket is None else [*socket.client.sockets]
    return ", ".join(name for name in names if name != namespace.name)


def finding(grids: Iterable[Grid], most: int = 12) -> str:
    """The map in sentences."""
    said = []
    for one in grids:
        members = [
            f"{name} has {listed(one.members(index), most)}"
            for index, name in enumerate(one.columns)
            if any(marks[index] == IN for _, marks in one.rows)
        ]
        told = f" {'; '.join(members)}." if members else ""
        said.append(f"{one.title}: {one.about}.{told}")
    return " ".join(said)
