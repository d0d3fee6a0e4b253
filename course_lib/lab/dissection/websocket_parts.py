"""The message that a recorded WebSocket frame is a part of.

Lesson 05 on.  Builds on: `wire.websocket.frames`, `wire.websocket.deflate`.  Used by:
`websocket`, `websocket_side`, `websocket_fields`.

    Message.value = Framed(frame, whole)      Message.parts = [frame, frame, frame]
                             |
                             Whole: "Hello", 5 bytes, one object for all frames of the message

New here: a compressed message is inflated up to a bound, and the messages before it in the same
context are counted, since it cannot be inflated without them.
Left out: reading; that is `websocket_side`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...wire.websocket import deflate, frames, messages

MOST = 16 << 20  # bytes that one message may inflate to
KEPT = 16 << 20  # inflated bytes of one connection that are held


@dataclass(slots=True)
class Deflated:
    """How a message was compressed: a window of 2 ** `bits` bytes.

    `before`: how many compressed messages came before it in the same context; `forget`: after each
    message a new context begins, so it is always 0.
    """

    bits: int
    forget: bool
    before: int


@dataclass(slots=True)
class Whole:
    """A message, which one or more frames carry.

    `size` is the bytes of their payloads so far, as they were sent.  Once it is `done`, `length` is
    the bytes of the message, `shown` how it begins, and `data` all of it, if there was room.
    """

    opcode: frames.Opcode
    deflated: Deflated | None = None
    size: int = 0
    done: bool = False
    length: int = 0
    shown: str = ""
    data: messages.Message | None = None


@dataclass(slots=True)
class Framed:
    """What the wire made of a frame, its payload unmasked.

    Of a data frame `whole` is the message that it belongs to, and `place` which of its frames it
    is, from 1 on.
    """

    frame: frames.Frame
    whole: Whole | None = None
    place: int = 0


class Bounded(deflate.Inflater):
    """An inflater that stops at `MOST` bytes of a message, and counts the messages."""

    __slots__ = ("_size", "bits", "count", "forget")

    def __init__(self, bits: int, *, forget: bool) -> None:
        super().__init__(max(bits, 9), forget=forget)
        self.bits, self.forget = bits, forget
        self.count = self._size = 0

    def inflate(self, data: bytes, limit: int, *, last: bool) -> Iterator[bytes]:
        """As `deflate.Inflater.inflate`, with `MOST` as a second limit.  RemoteError beyond it."""
        for piece in super().inflate(data, min(limit, MOST - self._size), last=last):
            self._size += len(piece)
            yield piece
        if last:
            self._size = 0
            self.count = 0 if self.forget else self.count + 1
