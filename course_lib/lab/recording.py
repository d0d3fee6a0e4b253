"""A recorded conversation: its connections, what each end wrote and received, and when.

Lessons 00 and 01 on.  Builds on: `dissection.conversations`, `_tap.recording_file`.
Made by: `tap`.  Read by: `dissect`, `sequence`, `inspector`, `first_bytes`.

    ends     1 client 127.0.0.1:50112 -> 127.0.0.1:8000      2 server 127.0.0.1:8000 -> ...
    events   0.000 s  end 1  sent      47 bytes              0.025 s  end 2  received  47 bytes

New here: an end writes down what it sees itself.  When both ends are in this process both are
written down, and `connections()` puts them together: a byte has a time at which it was written and
a time at which it arrived.
Left out: what the bytes mean (`dissect`).
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import LocalError
from ._tap import recording_file
from .dissection import conversations
from .figures.markup import Shown, escape, heading, table

OPENED, SENT, RECEIVED = "opened", "sent", "received"
END_SENT, END_RECEIVED = "end sent", "end received"  # no more bytes in this direction
SECURED = "secured"  # TLS began on an open connection
CLOSING, CLOSED, REFUSED = "closing", "closed", "refused"  # asked for; done; never opened
KINDS = (OPENED, SENT, RECEIVED, END_SENT, END_RECEIVED, SECURED, CLOSING, CLOSED, REFUSED)

EVENT_COST = 100  # how much an event counts towards the limit, beside its bytes


@dataclass(slots=True)
class End:
    """One end of a connection.  Times are seconds on the recording's clock.

    `closed` is None while it is open.  `error` says what broke it, "" for a clean end.  `missed`
    counts bytes that were not written down because the recording was full.
    """

    number: int
    role: str  # "client" or "server"
    local: str  # "127.0.0.1:50112"
    remote: str
    what: str = ""  # the class of the protocol that was recorded
    tls: bool = False
    opened: float = 0.0
    closed: float | None = None
    error: str = ""
    missed: int = 0


@dataclass(slots=True)
class Event:
    """Something that one end did or saw.  `kind` is one of `KINDS`; `data` of sent and received.

    `note` is "close" or "abort" for closing, and the error for closed and refused.
    """

    at: float
    end: int
    kind: str
    data: bytes = b""
    note: str = ""


class Recording:
    """What a tap has written down, at most about `limit` bytes of it; the rest is counted.

    `on_change` is called with each event, in the thread of its connection; events that are only
    counted come without their bytes.
    """

    def __init__(
        self,
        name: str = "",
        *,
        limit: int = 10_000_000,
        on_change: Callable[[Event], None] | None = None,
    ) -> None:
        self.name = name
        self.limit = limit
        self.on_change = on_change
        self.ends: list[End] = []
        self.events: list[Event] = []
        self.bridges: list[tuple[str, str]] = []  # a proxy: the server sees (this, really is that)
        self.missed_bytes = self.missed_events = self.missed_connections = 0
        self._held = 0
        self._lock = threading.Lock()

    @property
    def full(self) -> bool:
        """Whether the limit is reached, so that bytes are only counted."""
        return self._held >= self.limit

    @property
    def size(self) -> int:
        """Bytes written down, at both ends."""
        return sum(len(event.data) for event in self.events)

    @property
    def duration(self) -> float:
        """The time of the last event, in seconds."""
        return max((event.at for event in self.events), default=0.0)

    def connections(self) -> list[conversations.Conversation]:
        """Both ends put together, and each direction's bytes with their times."""
        with self._lock:
            ends, events, bridges = [*self.ends], [*self.events], [*self.bridges]
        return conversations.read(ends, events, bridges)

    # Called by a tap.

    def open(self, at: float, role: str, local: str, remote: str, **more: Any) -> End | None:
        """A new end; None if there is no room for it."""
        with self._lock:
            if self.full:
                self.missed_connections += 1
                return None
            end = End(len(self.ends) + 1, role, local, remote, opened=at, **more)
            self.ends.append(end)
        return end

    def add(self, at: float, end: End, kind: str, data: bytes = b"", note: str = "") -> None:
        """Write down an event, or as much of its bytes as there is room for; count the rest."""
        with self._lock:
            if kind in (CLOSED, REFUSED):
                end.closed, end.error = at, note
            elif kind == SECURED:
                end.tls = True
            room = self.limit - self._held - EVENT_COST
            kept = b"" if room <= 0 else data[:room]
            missed = len(data) - len(kept)
            self.missed_bytes += missed
            end.missed += missed
            self._held += EVENT_COST + len(data)  # once over the limit, it stays over
            event = Event(at, end.number, kind, kept, note)
            if room <= 0 or (data and not kept):
                self.missed_events += 1
            else:
                self.events.append(event)
        if self.on_change is not None:
            self.on_change(event)

    def bridge(self, seen: str, really: str) -> None:
        """Note a proxy that changes no byte: the server sees `seen`, but the client is `really`."""
        with self._lock:
            self.bridges.append((seen, really))

    # Called by the user of the recording.

    def rows(self) -> list[dict[str, Any]]:
        """One row for each event, for a table."""
        roles = {end.number: end.role for end in self.ends}
        numbers = {end.number: one.number for one in self.connections() for end in one.ends}
        return [
            {
                "at_s": event.at,
                "connection": numbers[event.end],
                "end": roles[event.end],
                "what": event.kind,
                "bytes": len(event.data),
                "data": repr(event.data) if event.data else "",
                "note": event.note,
            }
            for event in self.events
        ]

    def text(self) -> str:
        """One line for each event, as in a log."""
        lines = [
            f"{row['at_s']:10.6f} s  {row['connection']:3}  {row['end']:6}  {row['what']:12}"
            f"{row['bytes']:7}  {row['data'] or row['note']}".rstrip()
            for row in self.rows()
        ]
        if self.missed_events:
            lines.append(
                f"not recorded, for want of room: {self.missed_events:,} events with "
                f"{self.missed_bytes:,} bytes, {self.missed_connections:,} connections"
            )
        return "\n".join(lines)

    def export(self, path: str | Path) -> Path:
        """Write a table for a spreadsheet (`.csv`) or a log (`.txt`).  `save` is for `load`."""
        path = Path(path)
        if path.suffix == ".csv":
            out = io.StringIO(newline="")
            rows = self.rows()
            writer = csv.DictWriter(out, list(rows[0]) if rows else ["at_s"])
            writer.writeheader()
            writer.writerows(rows)
            path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
        elif path.suffix == ".txt":
            path.write_text(self.text() + "\n", encoding="utf-8")
        else:
            raise LocalError(f"export() writes .csv and .txt, not {path.suffix or path.name!r}")
        return path

    def save(self, path: str | Path) -> Path:
        """Write everything as JSON.  The file holds what was sent, passwords included."""
        with self._lock:
            head = {name: getattr(self, name) for name in ("name", *recording_file.COUNTS)}
            head |= {"ends": [asdict(end) for end in self.ends], "bridges": [*self.bridges]}
            events = [(e.at, e.end, e.kind, e.data, e.note) for e in self.events]
        return recording_file.write(path, head, events)

    def summary(self) -> list[dict[str, Any]]:
        """One row for each connection."""
        return [one.summary() for one in self.connections()]

    def __repr__(self) -> str:
        count = len(self.connections())
        return (
            f"<Recording{' ' + repr(self.name) if self.name else ''}: {count} "
            f"connection{'' if count == 1 else 's'}, {len(self.events)} events, {self.size:,} bytes"
            f"{f', {self.missed_bytes:,} bytes missed' if self.missed_bytes else ''}>"
        )

    def _repr_html_(self) -> str:
        shown = Shown(repr(self), heading(escape(repr(self)[1:-1])) + table(self.summary()))
        return shown.html


def load(path: str | Path) -> Recording:
    """Read what `save` wrote.  LocalError when the file is something else, or damaged."""
    head, rows = recording_file.read(path, KINDS)
    recording = Recording(head["name"])
    for name in recording_file.COUNTS:
        setattr(recording, name, head[name])
    recording.ends = [End(**end) for end in head["ends"]]
    recording.bridges = head["bridges"]
    recording.events = [Event(*row) for row in rows]
    return recording
