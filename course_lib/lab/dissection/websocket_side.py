"""One direction of a recorded WebSocket: bytes in, frames out, each a `Message`.

Lesson 05 on.  Builds on: `wire.websocket.frames`, `wire.websocket.messages`,
`wire.websocket.closing`, `websocket_fields`, `websocket_parts`.  Used by: `websocket`.

    receive(bytes) -> [Message, ...]      whole frames
    rest()         -> Message or None     a frame that is not whole, is refused, or is too late

New here: after a refused frame nothing is read, as on the wire; the bytes that follow are shown as
they are.
Left out: how frames of the two directions answer each other (`websocket`).
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import RemoteError
from ...wire.websocket import closing, frames
from ...wire.websocket.frames import Frame, Header, Opcode, Unmasker
from ...wire.websocket.messages import Assembler
from . import messages, websocket_fields
from .conversations import UP
from .frame_fields import WEBSOCKET
from .messages import INCOMPLETE, REFUSED, Message, Opening
from .websocket_parts import KEPT, Bounded, Deflated, Framed, Whole

NO_LIMIT = 1 << 62
HEADER = 14  # bytes of the longest header
NOT_READ = "not read: it comes after the Close frame"
CONTROL = "control"


@dataclass(slots=True)
class Room:
    """How many inflated bytes of a connection may still be held."""

    left: int = KEPT


class Side:
    """What one end sent after the handshake.  A client's frames are masked."""

    def __init__(
        self, direction: str, opening: Opening, inflater: Bounded | None, room: Room
    ) -> None:
        self._direction, self._start, self._room = direction, opening.starts[direction], room
        self._opening = opening.request
        self._inflater = inflater
        self._assembler = Assembler(NO_LIMIT, NO_LIMIT, inflater)
        self._buf = bytearray()  # from the first byte of the frame that is being read
        self._head: Header | None = None  # of that frame
        self._plain = bytearray()  # its payload so far, unmasked
        self._unmasker: Unmasker | None = None
        self._whole: Whole | None = None  # the message that is under way
        self._parts: list[Message] = []  # its frames
        self._refused: RemoteError | None = None
        self._over = False  # the Close frame has come
        self._how = ""
        self._rest: Message | None = None

    def receive(self, data: bytes) -> list[Message]:
        """The frames that have become whole."""
        self._buf += data
        found: list[Message] = []
        try:
            while not self._over and self._refused is None:
                message = self._read()
                if message is None:
                    break
                found.append(message)
        except RemoteError as error:
            self._refused = error
        return found

    def end(self, how: str) -> None:
        """Note that no more bytes come.  A message that lacks frames is noted as incomplete."""
        self._how = how
        if self._parts:
            self._parts[-1].note = "incomplete: the connection ended before the last frame"

    # Whole frames.

    def _read(self) -> Message | None:
        if self._head is None and not self._begin():
            return None
        head = self._head
        assert head is not None
        come = len(self._buf) >= head.end
        # Inflate a frame in one piece: the error must not depend on how its bytes were cut.
        if come or (head.opcode < Opcode.CLOSE and self._whole and not self._whole.deflated):
            self._take(head, last=come)
        return self._finish(head) if come else None

    def _begin(self) -> bool:
        """Read the header of a frame, and begin or continue the message under way."""
        up, rsv1 = self._direction == UP, self._inflater is not None
        head = frames.read_header(bytes(self._buf[:HEADER]), masked=up, limit=NO_LIMIT, rsv1=rsv1)
        if head is None:
            return False
        if head.opcode < Opcode.CLOSE:
            self._assembler.begin(head.opcode, head.end - head.body, rsv1=head.rsv1)
            if self._whole is None:
                self._whole = Whole(head.opcode, self._deflated() if head.rsv1 else None)
            self._whole.size += head.end - head.body
        self._head, self._plain = head, bytearray()
        self._unmasker = Unmasker(head.key) if up else None
        return True

    def _deflated(self) -> Deflated:
        assert self._inflater is not None
        return Deflated(self._inflater.bits, self._inflater.forget, self._inflater.count)

    def _take(self, head: Header, *, last: bool) -> None:
        """Unmask the payload that has come so far.  Text is checked while it comes."""
        chunk = bytes(self._buf[head.body + len(self._plain) : head.end])
        if self._unmasker is not None:
            chunk = self._unmasker.feed(chunk)
        self._plain += chunk
        if head.opcode < Opcode.CLOSE:
            self._assembler.feed(chunk, last=last and head.fin)
        elif head.opcode is Opcode.CLOSE:
            closing.decode(chunk)

    def _finish(self, head: Header) -> Message:
        """Make a Message of the frame, which is whole."""
        frame = Frame(head.opcode, bytes(self._plain), head.fin, head.rsv1)
        data = bytes(self._buf[: head.end])
        del self._buf[: head.end]
        start, self._head = self._start, None
        self._start += len(data)
        whole = None if frame.is_control else self._whole
        place = 0 if whole is None else len(self._parts) + 1
        message = self._message(start, data, Framed(frame, whole, place))
        if whole is None:
            message.title = websocket_fields.control_title(frame)
            self._over = frame.opcode is Opcode.CLOSE
        else:
            self._add(message, whole)
        return message

    def _add(self, message: Message, whole: Whole) -> None:
        """Add a frame to its message; after the last one each frame's title has their number."""
        self._parts.append(message)
        message.parts = self._parts
        message.title = websocket_fields.data_title(message)
        if message.value.frame.fin:
            said = self._assembler.finish()
            octets = said.encode() if isinstance(said, str) else said
            whole.done, whole.length = True, len(octets)
            whole.shown = messages.preview(octets)
            if whole.deflated is None or len(octets) <= self._room.left:
                whole.data = said
                self._room.left -= len(octets) if whole.deflated else 0
            self._whole, self._parts = None, []
            websocket_fields.number(message.parts)

    def _message(self, start: int, data: bytes, value: Framed | None) -> Message:
        return Message(
            self._direction,
            WEBSOCKET,
            websocket_fields.frame_title(data),
            start,
            start + len(data),
            data,
            value=value,
            kind=self._kind(data),
            opening=self._opening,
            build=websocket_fields.fields,
        )

    def _kind(self, data: bytes) -> str:
        opcode = data[0] & 0x0F
        if opcode >= Opcode.CLOSE:
            return CONTROL
        if opcode == Opcode.CONT and self._whole is not None:
            opcode = int(self._whole.opcode)
        return {1: "text", 2: "binary"}.get(opcode, "")

    # What is not whole.

    def rest(self) -> Message | None:
        """The bytes after the last whole frame, as a message; None if there are none."""
        size = len(self._buf)
        if not size and self._refused is None:
            self._rest = None
            return None
        if self._rest is None or self._rest.start != self._start or self._refused is None:
            self._rest = self._message(self._start, bytes(self._buf), None)
        elif self._rest.size != size:
            self._rest.data, self._rest.stop = bytes(self._buf), self._start + size
            self._rest._fields = None
        self._judge(self._rest)
        return self._rest

    def _judge(self, message: Message) -> None:
        if self._refused is not None:
            message.state = REFUSED
            message.note = f"refused: {self._refused} (close code {self._refused.code})"
            return
        message.state = INCOMPLETE
        if self._over:
            message.note, message.title, message.kind = NOT_READ, messages.preview(message.data), ""
        elif self._how:
            message.note = "incomplete: the connection ended before the whole frame"
        else:
            message.note = f"incomplete: waits for {self._waits_for()}"

    def _waits_for(self) -> str:
        if self._head is None:
            return "the rest of its header"
        left, size = self._head.end - len(self._buf), self._head.end - self._head.body
        return f"{left:,} more byte{'' if left == 1 else 's'} of {size:,} in its payload"
