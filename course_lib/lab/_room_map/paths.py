"""The path of a broadcast: which sockets each part of the chain names, and who is left.

Lesson 11.  Builds on: `tables`, socketio.adapter.  Used by: `question`, `answer`.

    io.to("news").to("cats").except_("muted").emit(...)
                  │ adapter.broadcast(data, Target(rooms, but))     what the library was asked
                  ▼
    named ──> each once ──> minus those kept out ──> left           its tables at that moment
                                                      ║  must be the same
    socket.on_any_outgoing ────────────────────> written to         what the library did

New here: the steps are computed from the library's own target and tables, and the receivers are
those to which it wrote.  Where the two differ, the path says so.
Left out: an adapter that sends later.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from ...errors import LocalError
from ...socketio.adapter import Adapter, Target
from ...socketio.namespace import Namespace
from ...socketio.sockets import Socket
from ..figures.grid import GETS, IN, MOST_COLUMNS, OUT, Grid, listed
from . import tables

Rooms = list[tuple[str, list[str]]]  # (room, the names of its members)
DIFFERS = "⚠ This does not agree"


@dataclass(slots=True)
class Path:
    """One broadcast.  Sockets are given by their names on the map."""

    namespace: str
    event: str
    everybody: list[str]  # of the namespace
    named: Rooms | None  # None: no room was named
    kept_out: Rooms
    own_ids: list[str]  # those that are kept out by their own id
    written: list[str] = field(default_factory=list)

    @property
    def together(self) -> list[str]:
        """Whoever is named, each once."""
        if self.named is None:
            return self.everybody
        return list(dict.fromkeys(name for _, members in self.named for name in members))

    @property
    def left(self) -> list[str]:
        """Whoever is named, and not kept out."""
        out = {name for _, members in self.kept_out for name in members} | {*self.own_ids}
        return [name for name in self.together if name not in out]

    @property
    def agrees(self) -> bool:
        """Whether the library wrote to just those that are left, each once."""
        return sorted(self.written) == sorted(self.left)

    def steps(self) -> list[str]:
        """The path in sentences."""
        said = []
        if self.named is None:
            said.append(
                f"No room is named: everybody in {self.namespace}, {listed(self.everybody)}."
            )
        else:
            rooms = [f"{room} has {listed(members)}" for room, members in _few(self.named)]
            said.append(f"Named: {'; '.join(rooms)}.")
            every = [name for _, members in self.named for name in members]
            again = [name for name in self.together if every.count(name) > 1]
            if len(self.named) > 1:
                more = f" In several of them: {listed(again)}." if again else ""
                said.append(f"Each once: {listed(self.together)}.{more}")
        for room, members in _few(self.kept_out):
            said.append(f"Minus the members of {room}: {listed(members)}.")
        if self.own_ids:
            why = "a socket that sends keeps itself out like this"
            said.append(f"Minus {listed(self.own_ids)}, by the own id: {why}.")
        said.append(f"Left: {listed(self.left)}.")
        if self.agrees:
            said.append(f"The library wrote to: {listed(self.written)}.")
        else:
            said.append(f"{DIFFERS}: the library wrote to {listed(self.written)}.")
        return said

    def grid(self) -> Grid:
        """The path as a table: a column for each step."""
        columns: list[tuple[str, Iterable[str], str]] = []
        if self.named is None:
            columns.append(("everybody", self.everybody, IN))
        for room, members in _few(self.named or []):
            columns.append((f"in {room}", members, IN))
        for room, members in _few(self.kept_out):
            columns.append((f"minus {room}", members, OUT))
        if self.own_ids:
            columns.append(("minus own id", self.own_ids, OUT))
        columns.append(("written to", self.written, GETS))
        found = [(title, {*names}, mark) for title, names, mark in columns]
        rows = [
            (name, [mark if name in names else "" for _, names, mark in found])
            for name in self.everybody
        ]
        return Grid(self.namespace, [title for title, _, _ in found], rows, f"event {self.event!r}")


def _few(rooms: Rooms) -> Rooms:
    """Rooms that are too many to be told become one."""
    shown, more = rooms[:MOST_COLUMNS], rooms[MOST_COLUMNS:]
    if len(more) < 2:
        return rooms
    members = dict.fromkeys(name for _, names in more for name in names)
    return [*shown, (f"{len(more):,} more rooms", [*members])]


@dataclass(slots=True)
class Seen:
    """What was sent: by broadcasts, and `direct`, to one socket: (namespace, name)."""

    paths: list[Path] = field(default_factory=list)
    direct: list[tuple[str, str]] = field(default_factory=list)

    @property
    def written(self) -> list[tuple[str, str]]:
        """(namespace, name) of each socket that was written to, once for each time."""
        return [
            (path.namespace, name) for path in self.paths for name in path.written
        ] + self.direct


@contextmanager
def watched(spaces: Iterable[Namespace], names: tables.Names, seen: Seen) -> Iterator[None]:
    """Note in `seen` what is sent in these namespaces meanwhile.

    LocalError where somebody watches already: each would see half of it.
    """
    with ExitStack() as stack:
        for namespace in list(spaces):
            if isinstance(namespace.adapter, _Spy):
                raise LocalError("another question is being answered: wait for it")
            spy = _Spy(namespace, names, seen)
            stack.callback(spy.stop)
            spy.start()
        yield


class _Spy:
    """Stands in for the adapter: it notes what a broadcast names, and passes everything on."""

    def __init__(self, namespace: Namespace, names: tables.Names, seen: Seen) -> None:
        self._namespace, self._names, self._seen = namespace, names, seen
        self._real = namespace.adapter
        self._known: dict[str, str] = {}
        self._listening: list[tuple[Socket, Callable[..., None]]] = []
        self._path: Path | None = None  # of the broadcast that is under way

    def start(self) -> None:
        self._listen()
        self._namespace.adapter = cast(Adapter, self)

    def stop(self) -> None:
        self._namespace.adapter = self._real
        for socket, listener in self._listening:
            socket.off_any_outgoing(listener)

    def _listen(self) -> None:
        """Hear what is written to each socket, also to those that have come meanwhile."""
        fresh = [id for id in self._namespace.sockets if id not in self._known]
        if fresh:
            labels = tables.labels(self._namespace, self._names)
            self._known |= {id: labels[id] for id in fresh}
        for id in fresh:
            socket, name = self._namespace.sockets[id], self._known[id]
            listener = functools.partial(self._sent, name)
            socket.on_any_outgoing(listener)
            self._listening.append((socket, listener))

    def _sent(self, name: str, *_: Any) -> None:
        if self._path is not None:
            self._path.written.append(name)
        else:
            self._seen.direct.append((self._namespace.name, name))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def broadcast(self, data: list[Any], target: Target) -> None:
        with self._noted(data, target):
            self._real.broadcast(data, target)

    def broadcast_with_ack(self, data: list[Any], target: Target, *how: Any) -> None:
        with self._noted(data, target):
            self._real.broadcast_with_ack(data, target, *how)

    @contextmanager
    def _noted(self, data: list[Any], target: Target) -> Iterator[None]:
        self._listen()
        before, self._path = self._path, self._begin(str(data[0]), target)
        self._seen.paths.append(self._path)
        try:
            yield
        finally:
            self._path = before

    def _begin(self, event: str, target: Target) -> Path:
        known, sockets = self._known, self._namespace.sockets

        def members(room: str) -> list[str]:
            return [known[id] for id in self._real.rooms.get(room, ()) if id in sockets]

        rooms = [(tables.room_label(room, known), members(room)) for room in target.rooms]
        others = [room for room in target.but if room not in known]
        return Path(
            self._namespace.name,
            event,
            [known[id] for id in sockets],
            None if target.everybody else rooms,
            [(tables.clean(room), members(room)) for room in others],
            [known[id] for id in target.but if id in known],
        )
