"""Who is in which room now, and which way a broadcast takes through these tables.

    of(namespaces)              what the adapters' tables say, with names for ids
    follow(namespaces, emit)    run `emit()`; the target that it names, and who was written to

Lesson 11.  Builds on: socketio.adapter, socketio.sockets.  Used by: `lab.room_map`, `picture`.
New here: who should get an event is read from the tables; who gets it is seen at the sockets.  Both
are kept, so that a difference shows.
Left out: other processes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...socketio import Namespace, Server, Socket
from ...socketio.adapter import Target

SHORT = 6  # characters of an id that has no name


@dataclass(slots=True)
class Part:
    """One namespace: its sockets, by name, and the rooms of each but its own."""

    name: str
    members: dict[str, list[str]]
    names: dict[str, str]  # by id

    @property
    def rooms(self) -> list[str]:
        """Every room that has a member, in the order in which they are met."""
        return list(dict.fromkeys(room for rooms in self.members.values() for room in rooms))

    def inside(self, room: str) -> list[str]:
        """The members of a room."""
        return [name for name, rooms in self.members.items() if room in rooms]


@dataclass(slots=True)
class Path:
    """The way of one event: the rooms that it names, and those who got it."""

    namespace: str
    everybody: bool
    rooms: dict[str, list[str]]  # each room that was named, and its members
    without: dict[str, list[str]]  # the same of `except_`
    sender: str | None
    expected: list[str]  # by the tables
    got: list[str] = field(default_factory=list)  # at the sockets


def label(socket: Socket) -> str:
    """The name of a socket: what the application says, or the beginning of its id."""
    known = socket.data.get("name") or socket.handshake.auth.get("name")
    return str(known) if known else socket.id[:SHORT]


def spaces(of: Server | Namespace) -> list[Namespace]:
    """The namespaces that are shown."""
    return list(of.namespaces.values()) if isinstance(of, Server) else [of]


def look(namespaces: Iterable[Namespace]) -> list[Part]:
    """The tables as they are now."""
    return [part(one) for one in namespaces]


def part(namespace: Namespace) -> Part:
    """One namespace as it is now.  Where two have the same name, the id tells them apart."""
    names: dict[str, str] = {}
    for id, socket in namespace.sockets.items():
        name = label(socket)
        names[id] = name if name not in names.values() else f"{name} ({id[:SHORT]})"
    members = {
        name: [room for room in namespace.adapter.socket_rooms(id) if room != id]
        for id, name in names.items()
    }
    return Part(namespace.name, members, names)


def follow(namespaces: Iterable[Namespace], emit: Callable[[], object]) -> list[Path]:
    """Run `emit()`, and return the way of each broadcast in it; of a single event, too."""
    found: list[Path] = []
    with contextlib.ExitStack() as stack:
        for namespace in namespaces:
            stack.enter_context(_watched(namespace, found))
        emit()
    return found


@contextlib.contextmanager
def _watched(namespace: Namespace, found: list[Path]) -> Iterator[None]:
    now = part(namespace)
    got: list[str] = []
    adapter: Any = type(namespace.adapter)
    broadcasts = {name: getattr(adapter, name) for name in ("broadcast", "broadcast_with_ack")}
    watching: list[tuple[Socket, Callable[..., object]]] = []
    for id, socket in namespace.sockets.items():
        watching.append((socket, socket.on_any_outgoing(_noting(got, now.names[id]))))
    mine: list[Path] = []

    def spied(name: str) -> Callable[..., object]:
        def run(self: Any, data: list[Any], target: Target, *more: Any) -> object:
            if self is namespace.adapter:
                mine.append(way(now, target))
            return broadcasts[name](self, data, target, *more)

        return run

    for name in broadcasts:
        setattr(adapter, name, spied(name))
    try:
        yield
    finally:
        for name, original in broadcasts.items():
            setattr(adapter, name, original)
        for socket, note in watching:
            socket.off_any_outgoing(note)
    if mine:
        mine[-1].got = got
    elif got:  # `socket.emit`: to one, without a look into the tables
        mine = [Path(now.name, False, {}, {}, None, list(got), got)]
    found += mine


def _noting(got: list[str], name: str) -> Callable[..., object]:
    return lambda *_: got.append(name)


def way(now: Part, target: Target) -> Path:
    """What the tables say about a target."""
    own = {name: id for id, name in now.names.items()}

    def inside(room: str) -> list[str]:
        return [now.names[room]] if room in now.names else now.inside(room)

    def said(room: str) -> str:
        return f"({now.names[room]})" if room in now.names else room

    sender = next((now.names[room] for room in target.but if room in now.names), None)
    named = [name for room in target.rooms for name in inside(room)]
    kept_out = {name for room in target.but for name in inside(room)}
    everybody = list(own) if target.everybody else list(dict.fromkeys(named))
    return Path(
        now.name,
        target.everybody,
        {said(room): inside(room) for room in target.rooms},
        {said(room): inside(room) for room in target.but},
        sender,
        [name for name in everybody if name not in kept_out],
    )
