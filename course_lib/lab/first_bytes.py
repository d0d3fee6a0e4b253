"""The bytes of a whole Socket.IO conversation, each line with the lessons that build it.

    ▶  81 9c  421["say","안녕"]        04 frame · 07 message · 09 event · 10 ack wanted

Lesson 00.  Builds on: `recording`, `dissect`.
New here: all layers at once, in the bytes of other programs, before any of them is explained.
Left out: what is not whole, and what is wrong; the inspector shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..wire.engineio.packet import SEPARATOR
from ..wire.websocket.frames import Opcode
from . import dissect
from . import recording as recordings
from .dissection import conversations, frame_fields
from .dissection.messages import WHOLE, Message
from .dissection.websocket_parts import Framed
from .figures.markup import FAINT, LINE, MONO, Shown, escape, heading

Layers = list[tuple[str, str]]

UP, DOWN = "▶", "◀"  # from the client, to the client
LONGEST = 76  # characters of a line

ENGINE: dict[str, Layers] = {
    "0": [("07", "open")],
    "1": [("07", "close")],
    "2": [("07", "heartbeat")],
    "3": [("07", "heartbeat")],
    "2probe": [("08", "upgrade")],
    "3probe": [("08", "upgrade")],
    "5": [("08", "upgrade")],
    "6": [("08", "upgrade")],
}
SOCKET = {"0": "join", "1": "leave", "2": "event", "3": "event", "4": "refusal"}
ROOMS = {"roomList": "to all", "userList": "to room", "notice": "to room"}
ROOMS["newMessage"] = "to room"


@dataclass(slots=True)
class Line:
    """A packet or an HTTP head.  `frame` is a WebSocket frame's header in hexadecimal, or empty."""

    direction: str
    frame: str
    text: str
    layers: Layers  # (lesson, what it is there), from the lowest

    @property
    def lessons(self) -> list[str]:
        """The numbers of the lessons."""
        return [lesson for lesson, _ in self.layers]

    @property
    def short(self) -> str:
        """The text, cut to what fits on a line."""
        return self.text if len(self.text) <= LONGEST else self.text[: LONGEST - 1] + "…"

    @property
    def meaning(self) -> str:
        """`04 frame · 07 message · 09 event`."""
        return " · ".join(f"{lesson} {what}" for lesson, what in self.layers)


@dataclass(slots=True)
class Lines:
    """A conversation, for a notebook."""

    lines: list[Line]

    @property
    def lessons(self) -> list[str]:
        """Every lesson that a line names, in their order."""
        return sorted({lesson for line in self.lines for lesson in line.lessons})

    def __repr__(self) -> str:
        return "\n".join(
            f"{line.direction} {line.frame:5} {line.short}\n          {line.meaning}"
            for line in self.lines
        )

    def _repr_html_(self) -> str:
        left = f'style="text-align:left;border-top:1px solid {LINE};vertical-align:top"'
        code = f"{MONO};white-space:pre-wrap;overflow-wrap:anywhere"
        rows = "".join(
            f"<tr><td {left}>{line.direction}</td>"
            f'<td {left}><span style="{code};{FAINT}">{line.frame}</span></td>'
            f'<td {left}><span style="{code}">{escape(line.short)}</span></td>'
            f"<td {left}>{escape(line.meaning)}</td></tr>"
            for line in self.lines
        )
        names = ("", "frame", "bytes, as text", "lesson that builds it")
        head = "".join(f'<th scope="col" style="text-align:left">{name}</th>' for name in names)
        note = f"{UP} from the client, {DOWN} to the client; payloads are shown unmasked"
        return heading(note) + Shown("", f"<table>{head}{rows}</table>").html


def lines(recording: recordings.Recording) -> Lines:
    """The packets that the clients in the recording wrote and read, in the order of time."""
    theirs = {one.number for one in recording.connections() if one.client is not None}
    found = []
    for message in dissect.dissect(recording):
        at = message.sent_at if message.direction == conversations.UP else message.arrived_at
        if message.connection in theirs and message.state == WHOLE and at is not None:
            found.append((at, message))
    found.sort(key=lambda each: each[0])
    return Lines([line for _, message in found for line in _lines(message)])


def _lines(message: Message) -> Iterator[Line]:
    direction = UP if message.direction == conversations.UP else DOWN
    parts = _frame(message) if isinstance(message.value, Framed) else _http(message)
    for frame, text, layers in parts:
        if layers and layers[-1] == ("09", "event") and direction == DOWN:
            layers = layers + _receiver(text)
        yield Line(direction, frame, text, layers)


def _receiver(text: str) -> Layers:
    """Who gets an event of the server.  The bytes do not say it; its name in this chat does."""
    named = re.match(r'42\["(\w+)"', text)
    room = ROOMS.get(named[1]) if named else None
    return [("11", room)] if room else []


Parts = list[tuple[str, str, Layers]]


def _http(message: Message) -> Parts:
    """A line for the head, and one for each packet of the body."""
    first = message.data.partition(b"\r\n")[0].decode("latin-1")
    upgrade = "websocket" in (message.value.headers.get("upgrade") or "").lower()
    answer = first.startswith("HTTP/")
    what = ("03", "handshake") if upgrade else ("01", "answer" if answer else "request")
    parts: Parts = [("", re.sub(r"&t=[\d.]+", "", first), [what])]
    if body := bytes(message.value.body):
        packets = body.decode(errors="replace").split(SEPARATOR)
        parts += [("", packet, [("01", "body"), *_packet(packet)]) for packet in packets]
    return parts


def _frame(message: Message) -> Parts:
    """The header of a frame, without its key, and what it carries."""
    where, frame = frame_fields.layout(message.data), message.value.frame
    shown = message.data[: where.length_stop].hex(" ") if where is not None else ""
    if frame.opcode is Opcode.CLOSE:
        code = int.from_bytes(frame.payload[:2], "big")
        return [(shown, f"(code {code})", [("04", "frame"), ("05", "goodbye")])]
    text = frame.payload.decode(errors="replace")
    return [(shown, text, [("04", "frame"), *_packet(text)])]


def _packet(text: str) -> Layers:
    """An Engine.IO packet, and the Socket.IO packet inside it."""
    if not text.startswith("4"):
        return ENGINE.get(text, ENGINE.get(text[:1], []))
    layers = [("07", "message"), ("09", SOCKET.get(text[1:2], "?"))]
    if re.match(r"42\d", text):
        layers.append(("10", "ack wanted"))
    if re.match(r"43\d", text):
        layers[-1] = ("10", "ack")
    return layers
