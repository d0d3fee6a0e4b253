"""The sending half of a WebSocket: messages, fragments, pongs, Close.  RFC 6455 §5.4-§5.5

Lesson 05.  Builds on: `wire.frames`, `wire.closing`, `wire.deflate`.
Used by: `wire.websocket_ending`.

    send("Hello")                         81 05 Hello
    send_part("Hel"), send_part("lo", last=True)
                                          01 03 Hel   80 02 lo
    send_encoded(bytes)                   as they are: encoded once, for many receivers

New here: what may follow what.  A message is not begun within another; nothing but pongs follows
our Close frame; and of pongs that nobody reads only so many are kept.
Left out: when to write; the caller takes `data_to_send`.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import LocalError
from . import closing, frames, masking
from .closing import OPEN
from .deflate import Deflater
from .frames import Frame, Opcode

MAX_PONGS = 64  # that wait to be sent
TEXT, BINARY, CONT = int(Opcode.TEXT), int(Opcode.BINARY), int(Opcode.CONT)
Payload = str | bytes | bytearray | memoryview


class Sender:
    """What is to be written, in order.  `unsent` is its size in bytes."""

    __slots__ = ("_deflater", "_keys", "_last_pong", "_out", "_part", "_pongs", "state", "unsent")

    def __init__(self, keys: Callable[[], bytes] | None, deflater: Deflater | None) -> None:
        self.state = OPEN
        self.unsent = 0
        self._keys = keys
        self._deflater = deflater
        self._out: list[bytes] = []
        self._part: type | None = None  # str or bytes: a message is being sent in parts
        self._pongs = self._last_pong = 0  # among `_out`: how many, and where the last one is

    @property
    def is_client(self) -> bool:
        """Do we mask?"""
        return self._keys is not None

    def data_to_send(self) -> bytes:
        """What is to be written to the network now."""
        out = self._out
        if not out:
            return b""
        self._out, self.unsent, self._pongs = [], 0, 0
        return out[0] if len(out) == 1 else b"".join(out)

    def send(self, message: Payload) -> None:
        """A whole message: `str` is text, anything of bytes is binary.  LocalError."""
        if self.state != OPEN or self._part is not None:
            raise self._refusal()
        opcode, payload = _payload(message)
        deflater = self._deflater
        # RFC 7692 §6: "an endpoint MAY ... send messages uncompressed", at its own choice.
        if deflater is not None and len(payload) >= deflater.threshold:
            self._write(opcode, deflater.deflate(payload), rsv1=True)
        else:
            self._write(opcode, payload)

    def send_part(self, part: Payload, *, last: bool = False) -> None:
        """A fragment of a message; all of them are of one kind, and are not compressed.

        §5.4: "Control frames ... MAY be injected in the middle of a fragmented message", and
        nothing else may: `send` raises LocalError until the last part is sent.
        """
        opcode, payload = _payload(part)
        kind: type = str if opcode == TEXT else bytes
        if self.state != OPEN or self._part not in (None, kind):
            raise self._refusal()
        self._write(CONT if self._part is not None else opcode, payload, fin=last)
        self._part = None if last else kind

    def send_encoded(self, data: bytes) -> None:
        """A whole message that `frames.encode` has made without a key.  For servers."""
        if self.state != OPEN or self._part is not None:
            raise self._refusal()
        if self._keys is not None:
            raise LocalError("a client masks each frame with a key of its own")
        self._out.append(data)
        self.unsent += len(data)

    def pong(self, payload: bytes = b"") -> None:
        """A pong that answers a ping, or, unasked, says that we are alive."""
        # §5.5.3: "If an endpoint receives a Ping frame and has not yet sent Pong frame(s) in
        # response to previous Ping frame(s), the endpoint MAY elect to send a Pong frame for only
        # the most recently processed Ping frame."
        frame = self._control(Opcode.PONG, payload)
        if self._pongs >= MAX_PONGS:
            self.unsent += len(frame) - len(self._out[self._last_pong])
            self._out[self._last_pong] = frame
            return
        self._last_pong = len(self._out)
        self._pongs += 1
        self._out.append(frame)
        self.unsent += len(frame)

    def _ping(self, payload: bytes) -> None:
        self._append(self._control(Opcode.PING, payload))

    def _close(self, payload: bytes) -> None:
        self._append(self._control(Opcode.CLOSE, payload))

    def _control(self, opcode: Opcode, payload: bytes) -> bytes:
        return frames.encode(Frame(opcode, payload), self._keys() if self._keys else None)

    def _write(self, opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> None:
        keys, size = self._keys, len(payload)
        if keys is None:
            frame = frames.header(opcode, size, fin=fin, rsv1=rsv1) + payload
        else:
            # §5.3: "The masking key needs to be unpredictable", and "a fresh masking key" is
            # chosen for each frame.
            key = keys()
            head = frames.header(opcode, size, True, fin=fin, rsv1=rsv1)
            frame = head + key + masking.mask(payload, key)
        self._append(frame)

    def _append(self, frame: bytes) -> None:
        self._out.append(frame)
        self.unsent += len(frame)

    def _refusal(self) -> LocalError:
        # §5.5.1: "The application MUST NOT send any more data frames after sending a Close frame."
        if self.state != OPEN:
            return LocalError(f"nothing can be sent: the connection is {self.state}")
        return LocalError("a message is being sent in parts: its last part is missing")

    def _move(self, event: str) -> None:
        self.state = closing.TABLE[self.state, event]


def _payload(message: Payload) -> tuple[int, bytes]:
    """(opcode, bytes) of a message or a part of one."""
    if type(message) is bytes:
        return BINARY, message
    if isinstance(message, str):
        try:
            return TEXT, message.encode()
        except UnicodeEncodeError as error:
            raise LocalError(f"text that has no UTF-8: {error}") from error
    if isinstance(message, bytes | bytearray | memoryview):
        return BINARY, bytes(message)
    raise LocalError(f"a message is str or bytes, not {type(message).__name__}")
