"""Messages out of frames: fragments put together, text checked.     RFC 6455 §5.4, §8.1

Lesson 05.  Builds on: `frames`.  Used by: `connection`.

    TEXT fin=0 "Hel"   PING   CONT fin=0 "l"   CONT fin=1 "o"
    |--------- one message, "Hello" ----------------------|

New here: a character may be cut in two by a frame's end, so text is checked as a stream; it fails
at the first byte that cannot become right any more.  Limits are checked on the header of a frame,
before its payload has come.
Left out: control frames, which may stand between the fragments; inflating, see `deflate`.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from ...errors import RemoteError
from . import close_codes
from .frames import Frame, Opcode

if TYPE_CHECKING:
    from .deflate import Inflater

_utf8 = codecs.getincrementaldecoder("utf-8")
Message = str | bytes


class Assembler:
    """Puts the data frames of one message after the other together.

    At most `max_payload` bytes are held, and as much again for the moment in which a message is
    finished; of fragments, `max_fragments` of them, empty ones included.
    """

    __slots__ = (
        "_check", "_data", "_inflating", "fragments", "inflater", "max_fragments", "max_payload",
        "opcode", "size",
    )  # fmt: skip

    def __init__(
        self,
        max_payload: int = 1_000_000,
        max_fragments: int = 4096,
        inflater: Inflater | None = None,
    ) -> None:
        self.max_payload = max_payload
        self.max_fragments = max_fragments
        self.inflater = inflater
        self.opcode: Opcode | None = None  # of the message that is under way; None between two
        self._data = bytearray()
        self._check: codecs.IncrementalDecoder | None = None
        self._reset()

    def _reset(self) -> None:
        self.opcode = None
        self.size = self.fragments = 0  # bytes as they came, frames
        self._inflating = False

    def add(self, frame: Frame) -> Message | None:
        """The next data frame.  The message, if that was its last.  Raises RemoteError."""
        self.begin(frame.opcode, len(frame.payload), rsv1=frame.rsv1)
        self.feed(frame.payload, last=frame.fin)
        return self.finish() if frame.fin else None

    def begin(self, opcode: Opcode, size: int, *, rsv1: bool = False) -> None:
        """The header of a data frame, whose payload of `size` bytes may still be under way."""
        # §5.4: the first frame has "an opcode other than 0", those after it "the opcode set to 0",
        # and "the fragments of one message MUST NOT be interleaved" with those of another.
        if opcode is Opcode.CONT:
            if self.opcode is None:
                raise RemoteError("a continuation of nothing", close_codes.PROTOCOL_ERROR)
        elif self.opcode is not None:
            raise RemoteError("a message within a message", close_codes.PROTOCOL_ERROR)
        else:
            self.opcode = opcode
            self._inflating = rsv1
            # §8.1: text which is not UTF-8 fails the connection.
            self._check = _utf8() if opcode is Opcode.TEXT else None
        self.fragments += 1
        self.size += size
        if self.size > self.max_payload:
            text = f"a message of {self.size} bytes or more, limit {self.max_payload}"
            raise RemoteError(text, close_codes.TOO_BIG)
        if self.fragments > self.max_fragments:
            raise RemoteError(f"over {self.max_fragments} fragments", close_codes.TOO_BIG)

    def feed(self, data: bytes, *, last: bool) -> None:
        """Some of the payload; `last` says that the message ends with it."""
        if not self._inflating:
            self._take(data, last)
            return
        assert self.inflater is not None  # RSV1 has no meaning without it
        for piece in self.inflater.inflate(data, self.max_payload - len(self._data), last=last):
            self._take(piece, False)
        self._take(b"", last)

    def _take(self, data: bytes, last: bool) -> None:
        self._data += data
        if self._check is not None:
            try:
                self._check.decode(data, last)
            except UnicodeDecodeError as error:
                raise _not_utf8(error.reason) from error
            # ED A0 to ED BF begin a surrogate; Python waits for the third byte before it says no.
            begun = self._check.getstate()[0]
            if begun[:1] == b"\xed" and begun[1:] >= b"\xa0":
                raise _not_utf8("a surrogate")

    def finish(self) -> Message:
        """The message, whose last byte has been fed."""
        message = self._data.decode() if self.opcode is Opcode.TEXT else bytes(self._data)
        self.drop()
        return message

    def drop(self) -> None:
        """Forget what has come so far."""
        self._data = bytearray()
        self._check = None
        self._reset()


def decode(payload: bytes) -> str:
    """The text that came in one piece.  Raises RemoteError."""
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(error.reason) from error


def _not_utf8(reason: str) -> RemoteError:
    return RemoteError(f"text that is not UTF-8: {reason}", close_codes.INVALID_DATA)
