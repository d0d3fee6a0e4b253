"""Connections: the recorded ends put together, and the times of every byte.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `http`, `websocket`, `websocket_side`,
`lab.recording`, `lab.dissect`, `lab.sequence`.

    client's end   sent      |-- 47 --|----- 900 -----|            at 0.000 s, 0.010 s
    server's end   received  |------- 600 -------|-- 347 --|       at 0.035 s, 0.036 s

New here: TCP keeps bytes, not writes.  What the client wrote in two pieces the server reads in two
others, so the ends are compared by the count of bytes: byte 46 left at 0.000 s and was there at
0.035 s.  Two ends belong together when each names the other's address.
Left out: the network between the ends.  The delay is measured, not explained.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..recording import End, Event

UP, DOWN = "up", "down"  # from the client to the server, and back
SENDER = {UP: "client", DOWN: "server"}
BROKE, ENDED = "broke", "ended"


@dataclass(slots=True)
class Times:
    """When one end saw the bytes of one direction: `ats[i]` is for bytes before `stops[i]`."""

    stops: list[int] = field(default_factory=list)
    ats: list[float] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)  # the event's place in the recording

    @property
    def total(self) -> int:
        """How many bytes this end saw."""
        return self.stops[-1] if self.stops else 0

    def at(self, offset: int) -> float | None:
        """When this end saw the byte at `offset`; None if it has not."""
        index = bisect.bisect_right(self.stops, offset)
        return self.ats[index] if index < len(self.ats) else None

    def add(self, at: float, data: bytes, order: int) -> None:
        """Add bytes that this end saw."""
        self.stops.append(self.total + len(data))
        self.ats.append(at)
        self.parts.append(data)
        self.orders.append(order)


@dataclass(slots=True)
class Stream:
    """One direction of a connection.  `sent` and `arrived` are None where no end was recorded.

    `ended` is "" while more may come, "ended" after the last byte, "broke" after a failure.
    """

    direction: str
    sent: Times | None = None
    arrived: Times | None = None
    ended: str = ""
    missed: int = 0

    @property
    def pieces(self) -> list[tuple[int, bytes]]:
        """(place among all events, bytes): as the sender wrote them, or as they were read."""
        known = [times for times in (self.sent, self.arrived) if times is not None]
        best = max(known, key=lambda times: times.total, default=Times())
        return [*zip(best.orders, best.parts, strict=True)]

    @property
    def parts(self) -> list[bytes]:
        """The bytes, as the sender wrote them; as they were read, if only that is known."""
        return [part for _, part in self.pieces]

    @property
    def data(self) -> bytes:
        """All bytes of this direction."""
        return b"".join(self.parts)

    def sent_at(self, offset: int) -> float | None:
        """When the byte at `offset` was written."""
        return None if self.sent is None else self.sent.at(offset)

    def arrived_at(self, offset: int) -> float | None:
        """When the byte at `offset` was read at the other end."""
        return None if self.arrived is None else self.arrived.at(offset)

    def writes(self, start: int, stop: int) -> list[tuple[float, float | None]]:
        """(sent, arrived) of the last byte of each write between `start` and `stop`."""
        if self.sent is None:
            return []
        first = bisect.bisect_right(self.sent.stops, start)
        found = []
        for last, at in zip(self.sent.stops[first:], self.sent.ats[first:], strict=True):
            found.append((at, self.arrived_at(min(last, stop) - 1)))
            if last >= stop:
                break
        return found


@dataclass(slots=True)
class Conversation:
    """Two ends, of which at least one was recorded.  `number` counts from 1."""

    number: int
    client: End | None = None
    server: End | None = None
    up: Stream = field(default_factory=lambda: Stream(UP))
    down: Stream = field(default_factory=lambda: Stream(DOWN))

    @property
    def ends(self) -> list[End]:
        """The ends that were recorded, the client's first."""
        return [end for end in (self.client, self.server) if end is not None]

    @property
    def opened(self) -> float:
        """When the first of its ends was open."""
        return min(end.opened for end in self.ends)

    @property
    def closed(self) -> float | None:
        """When the last of its ends was closed; None while one is open."""
        times = [end.closed for end in self.ends]
        return None if None in times else max(at for at in times if at is not None)

    @property
    def server_address(self) -> str:
        """Where the server listens."""
        if self.server is not None:
            return self.server.local
        return self.client.remote if self.client is not None else ""

    @property
    def client_address(self) -> str:
        """Where the client comes from."""
        if self.client is not None:
            return self.client.local
        return self.server.remote if self.server is not None else ""

    @property
    def refused(self) -> bool:
        """Whether the client tried to connect, and never could."""
        return any(end.closed is not None and not end.local for end in self.ends)

    def stream(self, direction: str) -> Stream:
        """The bytes "up" or "down"."""
        return self.up if direction == UP else self.down

    def summary(self) -> dict[str, Any]:
        """The connection as a row."""
        return {
            "connection": self.number,
            "client": self.client_address,
            "server": self.server_address,
            "recorded": " and ".join(end.role for end in self.ends),
            "tls": any(end.tls for end in self.ends),
            "opened_s": self.opened,
            "closed_s": self.closed,
            "bytes_up": len(self.up.data),
            "bytes_down": len(self.down.data),
            "error": "; ".join(dict.fromkeys(end.error for end in self.ends if end.error)),
        }


def read(
    ends: Sequence[End], events: Iterable[Event], bridges: Iterable[tuple[str, str]] = ()
) -> list[Conversation]:
    """Put the ends together, in the order in which they were opened."""
    connections: list[Conversation] = []
    by_end: dict[int, Conversation] = {}
    waiting: dict[tuple[str, str], list[Conversation]] = {}  # connections with one end so far
    known_as = dict(bridges)
    for end in ends:
        place = _place(end, known_as)
        rivals = [one for one in waiting.get(place, []) if _lacks(one, end.role)]
        if rivals and place[0]:
            connection = min(rivals, key=lambda one: abs(one.opened - end.opened))
            waiting[place].remove(connection)
        else:
            connection = Conversation(len(connections) + 1)
            connections.append(connection)
            waiting.setdefault(place, []).append(connection)
        if end.role == "client":
            connection.client = end
        else:
            connection.server = end
        by_end[end.number] = connection
        for stream in (connection.up, connection.down):
            _times(stream, end)  # also of an end that has seen nothing yet
    roles = {end.number: end for end in ends}
    for order, event in enumerate(events):
        _hear(by_end[event.end], roles[event.end], event, order)
    return connections


def _place(end: End, known_as: dict[str, str]) -> tuple[str, str]:
    """What both ends of one connection agree on: the client's address, and the server's.

    Through a proxy they agree on the client's only.
    """
    if end.role == "client":
        return end.local, "" if end.local in known_as.values() else end.remote
    if end.remote in known_as:
        return known_as[end.remote], ""
    return end.remote, end.local


def _lacks(connection: Conversation, role: str) -> bool:
    return (connection.client if role == "client" else connection.server) is None


def _times(stream: Stream, end: End) -> Times:
    """The times of an end's bytes in a direction; made at the first call."""
    if SENDER[stream.direction] == end.role:
        stream.sent = stream.sent or Times()
        return stream.sent
    stream.arrived = stream.arrived or Times()
    return stream.arrived


def _hear(connection: Conversation, end: End, event: Event, order: int) -> None:
    """Add an event to the streams of its connection."""
    sends, receives = (
        (connection.up, connection.down)
        if end.role == "client"
        else (connection.down, connection.up)
    )
    if event.kind == "sent":
        _times(sends, end).add(event.at, event.data, order)
        sends.missed = end.missed
    elif event.kind == "received":
        _times(receives, end).add(event.at, event.data, order)
        receives.missed = receives.missed or end.missed
    elif event.kind == "end sent":
        sends.ended = sends.ended or ENDED
    elif event.kind == "closing":
        sends.ended = sends.ended or (BROKE if event.note == "abort" else ENDED)
    elif event.kind == "end received":
        receives.ended = receives.ended or ENDED
    elif event.kind == "closed":
        sends.ended = sends.ended or BROKE
        receives.ended = receives.ended or BROKE
