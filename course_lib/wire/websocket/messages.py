"""Messages out of frames: fragments put together, text checked.     RFC 6455 §5.4, §8.1

Lesson 05.  Builds on: `frames`, `close_codes`.  Used by: `connection`.

    TEXT fin=0 "Hel"   PING   CONT fin=0 "l"   CONT fin=1 "o"
    |--------- one message, "Hello" ----------------------|

New here: a frame may end inside a character, so UTF-8 is decoded incrementally; it fails at the
first byte that cannot become valid any more.  Limits are checked on the header of a frame, before
its payload has come.
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
    """Assembles data frames into messages, one message after the other.

    At most `max_payload` bytes are buffered, and as much again for the moment in which a message
    is finished.  A message has at most `max_fragments` fragments, empty ones included.
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
        self.opcode: Opcode | None = None  # of the unfinished message, if any
        self._data = bytearray()
        self._check: codecs.IncrementalDecoder | None = None
        self._reset()

    def _reset(self) -> None:
        self.opcode = None
        self.size = self.fragments = 0  # bytes as received, not inflated; frames
        self._inflating = False

    def add(self, frame: Frame) -> Message | None:
        """Add a data frame.  Return the message, if that was its last.  Raises RemoteError."""
        self.begin(frame.opcode, len(frame.payload), rsv1=frame.rsv1)
        self.feed(frame.payload, last=frame.fin)
        return self.finish() if frame.fin else None

    def begin(self, opcode: Opcode, size: int, *, rsv1: bool = False) -> None:
        """Add the header of a data frame; its payload of `size` bytes may not have come yet."""
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
        """Add some of the payload; `last`: the message ends with it."""
        if not self._inflating:
            self._take(data, last)
            return
        assert self.inflater is not None  # without it `frames` refuses RSV1
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
            # ED A0 to ED BF begin a surrogate; Python's decoder waits for the third byte to fail.
            begun = self._check.getstate()[0]
            if begun[:1] == b"\xed" and begun[1:] >= b"\xa0":
                raise _not_utf8("a surrogate")

    def finish(self) -> Message:
        """Return the message, whose last byte has been fed."""
        message = self._data.decode() if self.opcode is Opcode.TEXT else bytes(self._data)
        self.drop()
        return message

    def drop(self) -> None:
        """Drop the unfinished message."""
        self._data = bytearray()
        self._check = None
        self._reset()


def decode(payload: bytes) -> str:
    """The text of a message in one frame.  Raises RemoteError."""
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise _not_utf8(error.reason) from error


def _not_utf8(reason: str) -> RemoteError:
    return RemoteError(f"text that is not UTF-8: {reason}", close_codes.INVALID_DATA)
