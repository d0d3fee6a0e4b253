"""The bytes of a whole Socket.IO conversation, each line with the lessons that build it.

    ▶  81 9c  421["say","안녕"]        04 frame · 07 message · 09 event · 10 ack wanted

Lesson 00.  Builds on: `recording`.
New here: all layers at once, in the bytes of other programs, before any of them is explained.
Left out: everything that a correct client never sends; each layer's own lesson reads it properly
(`dissect`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import recording as recordings
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
    found: list[Line] = []
    clients = [end.number for end in recording.ends if end.role == "client"]
    readers = {
        (end, kind): _Reader(direction)
        for end in clients
        for kind, direction in ((recordings.SENT, UP), (recordings.RECEIVED, DOWN))
    }
    for event in recording.events:
        reader = readers.get((event.end, event.kind))
        if reader is not None:
            found += reader.feed(event.data)
    return Lines(found)


class _Reader:
    """One direction of a connection: HTTP, and frames from the upgrade on."""

    def __init__(self, direction: str) -> None:
        self.direction = direction
        self.buffer = b""
        self.frames = False

    def feed(self, data: bytes) -> Iterator[Line]:
        self.buffer += data
        while message := (_frame if self.frames else _http)(self.buffer):
            size, parts = message
            head = self.buffer[:size]
            self.buffer = self.buffer[size:]
            if not self.frames and re.search(rb"\r\nsec-websocket-(key|accept):", head, re.I):
                self.frames = True
            for frame, text, layers in parts:
                if layers and layers[-1] == ("09", "event"):
                    layers = layers + self._receiver(text)
                yield Line(self.direction, frame, text, layers)

    def _receiver(self, text: str) -> Layers:
        """Who gets an event of the server.  The bytes do not say it; its name in this chat does."""
        named = re.match(r'42\["(\w+)"', text)
        room = ROOMS.get(named[1]) if named and self.direction == DOWN else None
        return [("11", room)] if room else []


Parts = list[tuple[str, str, Layers]]


def _http(buffer: bytes) -> tuple[int, Parts] | None:
    """The size of the message at the beginning, and its parts; None while it is not complete."""
    head, gap, rest = buffer.partition(b"\r\n\r\n")
    if not gap:
        return None
    declared = re.search(rb"\r\ncontent-length: *(\d{1,18})", head, re.I)
    length = int(declared[1]) if declared else 0
    if len(rest) < length:
        return None
    first = head.split(b"\r\n")[0].decode("latin-1")
    upgrade = re.search(rb"\r\nupgrade: *websocket", head, re.I)
    answer = first.startswith("HTTP/")
    what = ("03", "handshake") if upgrade else ("01", "answer" if answer else "request")
    parts: Parts = [("", re.sub(r"&t=[\d.]+", "", first), [what])]
    if length:
        body = rest[:length].decode(errors="replace")
        parts += [("", packet, [("01", "body"), *_packet(packet)]) for packet in body.split("\x1e")]
    return len(head) + len(gap) + length, parts


def _frame(buffer: bytes) -> tuple[int, Parts] | None:
    """As `_http`, for a WebSocket frame."""
    if len(buffer) < 2:
        return None
    start, length = 2, buffer[1] & 127
    if length > 125:
        start = 4 if length == 126 else 10
        length = int.from_bytes(buffer[2:start], "big")
    masked = bool(buffer[1] & 128)
    key = buffer[start : start + 4] if masked else bytes(4)
    start += 4 * masked
    if len(buffer) < start + length:
        return None
    payload = bytes(b ^ key[i % 4] for i, b in enumerate(buffer[start : start + length]))
    shown = buffer[: start - 4 * masked].hex(" ")
    if buffer[0] & 15 == 8:
        return start + length, [(shown, f"(code {int.from_bytes(payload[:2], 'big')})", GOODBYE)]
    text = payload.decode(errors="replace")
    return start + length, [(shown, text, [("04", "frame"), *_packet(text)])]


GOODBYE: Layers = [("04", "frame"), ("05", "goodbye")]


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
