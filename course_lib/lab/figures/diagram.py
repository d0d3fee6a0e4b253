"""What a sequence diagram shows, as values and in words.

Lessons 00 and 01 on.  Builds on: `dissection.messages`, `markup`.  Made by: `lab.sequence`.
Drawn by: `plot_sequence`.

    Lane   client 1 | server | client 2        Arrow  from lane to lane, sent and arrived
    Hold   the server has a request            Mark   opened, closed, broke, refused

New here: list and figure are made of the same rows, so that the list can replace the figure.
Left out: how the rows are made (`sequence`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..dissection.messages import Message
from .markup import Shown, escape

ARRIVED, UNDER_WAY, LOST, UNKNOWN = "arrived", "under way", "lost", "not recorded"
HAS_MESSAGE = "has the message"  # a mark of the server's lane, which is of no connection


@dataclass(slots=True)
class Lane:
    """A vertical line of the diagram: a server, or the client of a connection.

    `recorded` is False where only the peer wrote down what happened.
    """

    role: str
    title: str
    address: str
    connections: list[int]
    recorded: bool = True


@dataclass(slots=True)
class Arrow:
    """A message on its way between two lanes (their indices).

    `sent_at` and `arrived_at` are of its last byte; `writes` are (sent, arrived) of its earlier
    pieces.  `fate` is "arrived", "under way", "lost", or "not recorded" where one end is unknown.
    """

    message: Message
    source: int
    target: int
    fate: str
    writes: list[tuple[float, float | None]] = field(default_factory=list)

    @property
    def at(self) -> float:
        """Where it begins in the diagram."""
        return self.message.at


@dataclass(slots=True)
class Hold:
    """The server has a request from `start` on and answers at `stop` (None: it never did)."""

    lane: int
    start: float
    stop: float | None
    question: Message
    answer: Message | None


@dataclass(slots=True)
class Mark:
    """A change of a connection: "opened", "closed", "broke", "refused"; `note` says why.

    A mark without a connection is the moment from which the server has a message.
    """

    at: float
    lane: int
    connection: int
    what: str
    note: str = ""


@dataclass(slots=True)
class Diagram:
    """Everything that a sequence diagram shows between `start` and `stop` seconds."""

    lanes: list[Lane]
    arrows: list[Arrow]
    holds: list[Hold]
    marks: list[Mark]
    start: float
    stop: float
    name: str = ""

    @property
    def layers(self) -> list[str]:
        """The layers that occur, in the order of their first message."""
        return list(dict.fromkeys(arrow.message.layer for arrow in self.arrows))

    @property
    def looks(self) -> list[str]:
        """The same, with the kinds of messages that a layer draws in different ways."""
        return list(dict.fromkeys(arrow.message.look for arrow in self.arrows))

    def rows(self) -> list[dict[str, Any]]:
        """One row for each message."""
        held = {id(hold.answer): hold for hold in self.holds if hold.answer is not None}
        return [self._row(arrow, held.get(id(arrow.message))) for arrow in self.arrows]

    def _row(self, arrow: Arrow, hold: Hold | None) -> dict[str, Any]:
        message = arrow.message
        return {
            "message": message.number,
            "connection": message.connection,
            "from": self.lanes[arrow.source].title,
            "to": self.lanes[arrow.target].title,
            "layer": message.look,
            "title": message.title,
            "bytes": message.size,
            "sent_s": message.sent_at,
            "arrived_s": message.arrived_at,
            "delay_ms": None if message.delay is None else message.delay * 1000,
            "held_ms": (hold.stop - hold.start) * 1000 if hold and hold.stop is not None else None,
            "fate": arrow.fate,
            "state": message.state,
        }

    def lines(self) -> list[str]:
        """The diagram in words, a line for each thing that happened, in order."""
        return [text for _, _, text in sorted(self._told(), key=lambda told: told[:2])]

    def _told(self) -> Iterator[tuple[float, int, str]]:
        """(time, order of lines at the same time, line)."""
        for mark in self.marks:
            note = f": {mark.note}" if mark.note else ""
            lane = self.lanes[mark.lane].title
            whose = lane if mark.what == HAS_MESSAGE else f"{lane}, connection {mark.connection}"
            text = f"{ms(mark.at)}: {whose} {mark.what}{note}"
            yield mark.at, 0 if mark.what in ("opened", HAS_MESSAGE) else 2, text
        held = {id(hold.answer): hold for hold in self.holds}
        for arrow in self.arrows:
            yield arrow.at, 1, self.sentence(arrow, held.get(id(arrow.message)))

    def sentence(self, arrow: Arrow, hold: Hold | None) -> str:
        """All that is known of a message, in one line; `hold` is that of its request."""
        message = arrow.message
        ways = f"{self.lanes[arrow.source].title} to {self.lanes[arrow.target].title}"
        bytes_ = f"{message.size:,} byte{'' if message.size == 1 else 's'}"
        parts = [f"{ms(arrow.at)}: {ways}: {message.title} ({message.look}, {bytes_})"]
        if message.delay is not None:
            parts.append(f"on the way for {lasted(message.delay)}")
        elif arrow.fate != UNKNOWN:
            parts.append(self._unarrived(arrow))
        if hold is not None and hold.stop is not None:
            parts.append(f"its request was held for {lasted(hold.stop - hold.start)}")
        if message.note:
            parts.append(message.note)
        return "; ".join(parts)

    @staticmethod
    def _unarrived(arrow: Arrow) -> str:
        some = arrow.message.arrived_bytes
        return f"{arrow.fate}, {some:,} bytes of it arrived" if some else arrow.fate

    def listing(self) -> Shown:
        """The diagram as an ordered list, for a screen reader and for reading."""
        lines = self.lines()
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        label = escape(f"messages of {self.name}" if self.name else "messages")
        text = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
        return Shown(text or "(nothing)", f'<ol aria-label="{label}">{items}</ol>')


def ms(seconds: float) -> str:
    """A time in milliseconds, as exact as the diagram needs: 0.3 ms, 26 ms, 3,725 ms."""
    return f"{seconds * 1000:,.1f}".removesuffix(".0") + " ms"


def lasted(seconds: float) -> str:
    """How long something took; a time below 0.05 ms is not shown as 0 ms."""
    return "<0.05 ms" if 0 < seconds < 0.00005 else ms(seconds)
