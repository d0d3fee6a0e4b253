"""A message and its fields, and what a layer is: the values that `dissect` makes.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `lab.dissect`, each layer, figures, inspector.

    Message  data  G E T _ / _ H T T P / 1 . 1 \\r \\n H o s t : ...
    Field          |------- request line -------|  |-- header line --
    Field children |-----| | |-----------------| |-|

New here: a field knows its bytes, what they say, what that means, and which section of the
standard says so; it may be a few bits of one byte.  A layer is a reader of two directions; it hands
the bytes after a switch of protocols to the next layer.
Left out: any particular protocol.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

HTTP, RAW = "http", "bytes"
WHOLE, INCOMPLETE, REFUSED = "whole", "incomplete", "refused"


@dataclass(slots=True)
class Field:
    """Some bytes of a message: `message.data[start:stop]`.

    `value` is what a person reads there, `meaning` one sentence, `spec` the section that says so.
    Fields at the top tile the message; `children`, if any, tile their parent.  A part of one byte
    has `bits`: the first, and the one after its last; bit 0 is the highest, as in the standards.
    `octet(offset)` says more about one byte.
    """

    name: str
    start: int
    stop: int
    value: str = ""
    meaning: str = ""
    spec: str = ""
    layer: str = HTTP
    children: list[Field] = field(default_factory=list)
    bits: tuple[int, int] | None = None
    octet: Callable[[int], str] | None = field(default=None, repr=False, compare=False)

    @property
    def in_bits(self) -> bool:
        """Whether its children are bits of its byte."""
        return bool(self.children) and self.children[0].bits is not None

    @property
    def place(self) -> str:
        """Where it is: "bytes 4 to 9", "byte 0", "byte 0, bits 4 to 7"."""
        if self.start == self.stop:
            return "no bytes"
        where = _range("byte", self.start, self.stop)
        return where if self.bits is None else f"{where}, {_range('bit', *self.bits)}"

    def walk(self) -> Iterator[Field]:
        """This field, then all below it, in the order of their bytes."""
        yield self
        for child in self.children:
            yield from child.walk()

    def shifted(self, by: int) -> Field:
        """The same field where its message begins `by` bytes further on."""
        moved = dataclasses.replace(self, start=self.start + by, stop=self.stop + by)
        moved.children = [child.shifted(by) for child in self.children]
        if (told := self.octet) is not None:
            moved.octet = lambda offset: told(offset - by)
        return moved


@dataclass(slots=True)
class Message:
    """What one side sent to the other.  Times are seconds on the recording's clock.

    `start` and `stop` are offsets in the stream of its direction.  `began_at` is when its first
    byte was written, `sent_at` its last, `arrived_at` when its last byte was read at the other end;
    each is None where that was not recorded, or has not happened.  `arrived_bytes` is None where
    nobody recorded arrivals.  `state` is "whole", "incomplete" or "refused"; `note` says what it
    waits for, or why it was refused.  `value` is what the wire made of it, if anything;
    `kind` tells messages of one layer apart where it has several.  `parts`, if any, are those
    that together carry one thing, itself among them.  `opening`: after an upgrade, its request.
    `inside`: what a layer has read in its packets, one for each; None before that.
    """

    direction: str  # "up": from the client to the server; "down"
    layer: str
    title: str
    start: int
    stop: int
    data: bytes
    state: str = WHOLE
    note: str = ""
    value: Any = None
    kind: str = ""
    answers: Message | None = field(default=None, repr=False, compare=False)
    parts: list[Message] = field(default_factory=list, repr=False, compare=False)
    opening: Message | None = field(default=None, repr=False, compare=False)
    inside: list[Any] | None = field(default=None, repr=False, compare=False)
    build: Callable[[Message], list[Field]] | None = field(default=None, repr=False, compare=False)
    number: int = 0
    connection: int = 0
    began_at: float | None = None
    sent_at: float | None = None
    arrived_at: float | None = None
    arrived_bytes: int | None = None
    _fields: list[Field] | None = field(default=None, repr=False, compare=False)

    @property
    def fields(self) -> list[Field]:
        """Its fields; worked out when they are first asked for."""
        if self._fields is None:
            self._fields = [raw_field(self.data)] if self.build is None else self.build(self)
        return self._fields

    @property
    def look(self) -> str:
        """The key to its colour and line: the layer, and the kind if it has one."""
        return f"{self.layer} {self.kind}".rstrip()

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.stop - self.start

    @property
    def at(self) -> float:
        """Its place in time: when its last byte was sent, or else what time is known."""
        known = (self.sent_at, self.began_at, self.arrived_at)
        return next((at for at in known if at is not None), 0.0)

    @property
    def delay(self) -> float | None:
        """Seconds that its last byte was on the way, if both ends were recorded."""
        if self.sent_at is None or self.arrived_at is None:
            return None
        return self.arrived_at - self.sent_at

    def path(self, offset: int, bit: int | None = None) -> list[Field]:
        """The fields that hold the byte at `offset`, or one `bit` of it; the outermost first."""

        def holds(one: Field) -> bool:
            if not one.start <= offset < one.stop:
                return False
            return one.bits is None or (bit is not None and one.bits[0] <= bit < one.bits[1])

        found: list[Field] = []
        level = self.fields
        while inner := next((one for one in level if holds(one)), None):
            found.append(inner)
            level = inner.children
        return found


class Layer(Protocol):
    """Reads the two directions of a connection.  Offsets count from its first byte of each."""

    def receive(self, direction: str, data: bytes) -> None:
        """Take more bytes of a direction."""

    def end(self, direction: str, how: str) -> None:
        """Note that no more bytes come in this direction: it "ended", or "broke"."""

    def messages(self) -> list[Message]:
        """All messages so far, each before its answer; whole ones stay the same objects."""


@dataclass(slots=True)
class Opening:
    """The handshake of an upgrade, for the layer that reads on after it."""

    request: Message
    response: Message
    starts: dict[str, int]  # offsets of the layer's first byte, "up" and "down"


UPGRADES: dict[str, Callable[[Opening], Layer]] = {}
"""Protocol named in Upgrade, in lower case -> the layer that reads what follows."""

Word = tuple[str, str]  # a sentence, and the section that says it
HEADERS: list[Callable[[Message, str, str], Word | None]] = []
"""What a header line of a message says (name, value), where more is known than the name's meaning:
asked in turn, until one knows it.  A response's request is `message.answers`."""


def header(message: Message, name: str, value: str) -> Word | None:
    """What a header line says, if a layer knows more of it than its name."""
    return next((word for ask in HEADERS if (word := ask(message, name, value))), None)


Content = Callable[[Message, bytes], "list[Field] | None"]
CONTENTS: list[Content] = []
"""What a body holds, or a WebSocket message in one frame: asked with the message and its body, in
turn, until one gives fields.

Their offsets count from the first byte of the body, and they tile it.  A response's request is
`message.answers`, that of a frame's handshake `message.opening`.
"""


def contents(message: Message, body: bytes) -> list[Field]:
    """The fields of a body, if a layer knows it."""
    for content in CONTENTS:
        fields = content(message, body)
        if fields is not None:
            return fields
    return []


Inside = Callable[[Message, int, bytes], "list[Field] | None"]
INSIDES: list[Inside] = []
"""What a packet carries, where a message has several: asked with the message, the index of the
packet, and the bytes that it carries, in turn, until one gives fields, which tile these bytes."""


def inside(message: Message, index: int, carried: bytes) -> list[Field]:
    """The fields of what a packet carries, if a layer knows it."""
    for ask in INSIDES:
        fields = ask(message, index, carried)
        if fields is not None:
            return fields
    return []


def _range(unit: str, start: int, stop: int) -> str:
    return f"{unit} {start}" if stop == start + 1 else f"{unit}s {start} to {stop - 1}"


def raw_field(data: bytes, name: str = "bytes", meaning: str = "", layer: str = RAW) -> Field:
    """All of `data` as one field."""
    return Field(name, 0, len(data), preview(data), meaning, "", layer)


def preview(data: bytes, limit: int = 120) -> str:
    """Bytes as a person reads them: UTF-8 text, or else hexadecimal; up to `limit` characters."""
    cut = data[: 4 * limit]
    try:
        text = cut.decode()
    except UnicodeDecodeError as error:
        whole = cut[: error.start] if len(cut) < len(data) and error.start >= len(cut) - 3 else b""
        if not whole:
            shown = data[: limit // 3].hex(" ")
            return shown + (" …" if len(data) > limit // 3 else "")
        text = whole.decode()
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text[: limit + 1])
    return text[:limit] + "…" if len(text) > limit or len(cut) < len(data) else text
