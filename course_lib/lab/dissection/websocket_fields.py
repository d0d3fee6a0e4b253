"""What a recorded WebSocket frame is called, and what its payload says.     RFC 6455 §5.4-§5.6

Lesson 05 on.  Builds on: `frame_fields`, `websocket_parts`, `wire.websocket.closing`.  Used by:
`websocket_side`.

    payload / unmasked / text                   a message in one frame
    payload / unmasked / part 2 of 3            of a message in three
    payload / unmasked / part 3 of 3 / message  the last: with the whole message as a child
    payload / inflated                          a compressed message

New here: the same bytes have a meaning at each level, so a field may have one child with all of its
bytes.  Text is read when it is whole: a character may be cut in two.
Left out: the header of the frame; that is `frame_fields`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import RemoteError
from ...wire.websocket import close_codes, closing
from ...wire.websocket.frames import Frame, Opcode
from . import frame_fields, messages
from .frame_fields import WEBSOCKET
from .messages import Field, Message
from .websocket_parts import Framed, Whole

TITLE = 40  # characters of a payload
NOT_READ = "Nothing is read from here on."


# --- titles


def frame_title(data: bytes) -> str:
    """The title of a frame of which only the first byte is known."""
    return f"{frame_fields.kind(data[0] & 0x0F)} frame"


def control_title(frame: Frame) -> str:
    """The title of a control frame: Close with its code and reason, others with their payload."""
    name = frame_fields.kind(frame.opcode)
    if frame.opcode is Opcode.CLOSE:
        code, reason = closing.decode(frame.payload)
        if code == close_codes.NO_STATUS:
            return f"{name}, no code"
        return f"{name} {code}" + (f" {_quoted(reason)}" if reason else "")
    return f"{name} {_said(frame.payload)}".rstrip()


def data_title(message: Message) -> str:
    """The title of a message, or of a part of one: short, for it stands at an arrow."""
    whole, place, count = _where(message)
    name = frame_fields.kind(whole.opcode)
    part = "" if count == 1 else f" {place}/{count or '?'}"
    if not whole.done or place != count:
        return name + part
    if whole.opcode is Opcode.TEXT:
        return f"{name}{part} {_quoted(whole.shown)}"
    return f"{name}{part}, {_bytes(whole.length)}"


def number(parts: Sequence[Message]) -> None:
    """Once the last frame of a message has come, put their number into the title of each."""
    for message in parts:
        message.title = data_title(message)
        message._fields = None


def _where(message: Message) -> tuple[Whole, int, int]:
    """A frame's message, its place among the frames of it, and their number; 0 while unknown."""
    whole = message.value.whole
    assert whole is not None
    return whole, message.value.place, len(message.parts) if whole.done else 0


def _quoted(text: str) -> str:
    shown = messages.preview(text.encode(), TITLE)
    return f'"{shown}"'


def _said(payload: bytes) -> str:
    """Text in quotes, or else bytes."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        text = ""
    return _quoted(text) if text.isprintable() and text else payload[:TITLE].hex(" ")


def _bytes(size: int) -> str:
    return f"{size:,} byte{'' if size == 1 else 's'}"


# --- fields


def fields(message: Message) -> list[Field]:
    """All fields of a frame, whole or not, and of the bytes after a refused one."""
    data, framed = message.data, message.value
    if framed is None and message.note.startswith("not read"):
        return [Field("not read", 0, len(data), messages.preview(data), NOT_READ, "", WEBSOCKET)]
    where = frame_fields.layout(data)
    stop = len(data) if where is None or where.end is None else min(where.end, len(data))

    def inside(payload: bytes) -> list[Field]:
        if framed is not None:
            return _inside(message, framed, payload)
        refused = message.state == messages.REFUSED and data[0] & 0x0F == Opcode.CLOSE
        return _close(payload) if refused else []

    found = frame_fields.fields(data[:stop], inside)
    if stop < len(data):
        rest = messages.preview(data[stop:])
        found.append(Field("not read", stop, len(data), rest, NOT_READ, "", WEBSOCKET))
    return found


def _inside(message: Message, framed: Framed, payload: bytes) -> list[Field]:
    if framed.whole is not None:
        return [_data(message, payload)]
    if framed.frame.opcode is Opcode.CLOSE:
        return _close(payload)
    return [_echo(message, framed, payload)]


def _close(payload: bytes) -> list[Field]:
    """The fields of a Close payload (§5.5.1): a code of two bytes, and a text."""
    try:
        code, reason = closing.decode(payload)
    except RemoteError as error:
        meaning = f"Not legal: {error}."
        shown = payload.hex(" ")
        return [Field("not legal", 0, len(payload), shown, meaning, "RFC 6455 §7.4", WEBSOCKET)]
    own = "3000 to 3999: a library's own" if code < 4000 else "the application's own"
    meaning = f"Why it ends: {close_codes.MEANINGS.get(code, own)}."
    found = [Field("close code", 0, 2, f"{code}", meaning, "RFC 6455 §7.4", WEBSOCKET)]
    if len(payload) > 2:
        told = "For people who read logs; programs read the code."
        spec = "RFC 6455 §7.1.6"
        found.append(Field("reason", 2, len(payload), reason, told, spec, WEBSOCKET))
    return found


def _echo(message: Message, framed: Framed, payload: bytes) -> Field:
    """The field of a ping's payload, which comes back in its pong."""
    if framed.frame.opcode is Opcode.PING:
        meaning, spec = "Any bytes; the pong has the same.", "RFC 6455 §5.5.2"
    elif message.answers is not None:
        meaning, spec = "The bytes of the ping that it answers.", "RFC 6455 §5.5.3"
    else:
        meaning, spec = "No ping asked for it, so it means nothing.", "RFC 6455 §5.5.3"
    name = f"{frame_fields.kind(framed.frame.opcode)} payload"
    return Field(name, 0, len(payload), messages.preview(payload), meaning, spec, WEBSOCKET)


def _data(message: Message, payload: bytes) -> Field:
    """The field of a message, or of a part; the last part has the whole message as a child."""
    whole, place, count = _where(message)
    size = len(payload)
    if count == 1:
        field = _whole(whole, size)
        if whole.deflated is None:
            field.children = messages.contents(message, payload)
        return field
    of = f" of {count}" if count else ""
    name = f"part {place}{of}"
    if whole.opcode is Opcode.TEXT:
        meaning = "Text is read when all parts are there: a character may be cut in two."
    else:
        meaning = "The bytes go on in the next part."
    value = payload[: frame_fields.HEX].hex(" ") if whole.deflated else messages.preview(payload)
    field = Field(name, 0, size, value, meaning, "RFC 6455 §5.4", WEBSOCKET)
    if place == count:
        field.meaning = f"The last part; together they have {_bytes(whole.size)}."
        field.children = [_whole(whole, size)] if size else []
    return field


def _whole(whole: Whole, size: int) -> Field:
    """The field of a whole message, shown at its last frame."""
    what = "text" if whole.opcode is Opcode.TEXT else "bytes"
    if whole.deflated is None:
        meaning = f"The whole message, {_bytes(whole.length)}."
        return Field(what, 0, size, whole.shown, meaning, "RFC 6455 §5.6", WEBSOCKET)
    how = whole.deflated
    if how.forget:
        memory = "the sender forgets after each message"
    elif how.before:
        memory = f"it may point back into the {how.before} compressed before it"
    else:
        memory = "the first of its context"
    meaning = (
        f"{_bytes(whole.size)} inflated to {_bytes(whole.length)}, 00 00 ff ff put back at the "
        f"end; a window of {1 << how.bits:,} bytes, {memory}."
    )
    return Field(f"inflated {what}", 0, size, whole.shown, meaning, "RFC 7692 §7.2.2", WEBSOCKET)
