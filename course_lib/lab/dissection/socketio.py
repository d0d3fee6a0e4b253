"""Socket.IO in a recording: packets inside of Engine.IO's, on both transports, as one layer.

Lesson 09.  Builds on: `socketio_packets`, `socketio_fields`, `msgpack_fields`, `engineio`.
Used by: `lab.dissect`, which adds `content` to `messages.INSIDES`; `lab._inspector`.

    POST   42["say","hi"] 1e 47…      say("hi")                  what the client says
    frame  451-["file",{…}]           file((bytes 0))            its attachment is the next message
    frame  01 02 03                   attachment 0, 3 bytes
    frame  9                          no packet

New here: the third name of the same bytes.  `seen` shows the messages that carry packets of
Socket.IO; a GET that waits, a heartbeat and a probe carry none, and are left out.
Left out: what an event means to the application.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from ...wire.socketio.packet import Type
from . import engineio, messages, msgpack_fields, socketio_fields
from .messages import Field, Message
from .socketio_fields import SOCKETIO, bytes_, shown
from .socketio_packets import MSGPACK, Reader, Spoken

__all__ = ["SOCKETIO", "Reader", "Spoken", "about", "content", "label", "said", "seen", "spoken"]

SHOWN = 32  # characters of the arguments that a title shows
NAMED = engineio.NAMED


def spoken(message: Message) -> list[Spoken]:
    """The packets and attachments of a message, and what is neither; [] if it has none."""
    return [one for one in message.inside or () if one is not None]


def content(message: Message, index: int, carried: bytes) -> list[Field] | None:
    """The fields of what a packet of Engine.IO carries; see `messages.INSIDES`."""
    if index >= len(message.inside or ()):
        return None
    assert message.inside is not None
    one: Spoken | None = message.inside[index]
    if one is None:
        return None
    if one.wrong:
        return [socketio_fields.none(one, carried)] if carried else []
    if one.header is not None:
        return [socketio_fields.attachment(one, len(carried))] if carried else []
    if one.parser == MSGPACK:
        return [msgpack_fields.packet(one, len(carried))]
    return [socketio_fields.text(one, carried)]


# --- the layer


def seen(found: Sequence[Message]) -> list[Message]:
    """The messages, those that carry Socket.IO as messages of this layer; each keeps its number."""
    mine = {one.number: _as_packets(one) for one in found if spoken(one)}
    for one in mine.values():
        asked = next((each.answers for each in spoken(one) if each.answers), None)
        one.answers = None if asked is None else mine.get(asked.message.number)
    return [mine.get(one.number, one) for one in found]


def _as_packets(message: Message) -> Message:
    wrong = [one.wrong for one in spoken(message) if one.wrong]
    note = f"no packet: {wrong[0]}" if wrong else message.note
    kind = engineio.POLLING if message.opening is None else engineio.WEBSOCKET
    return dataclasses.replace(message, layer=SOCKETIO, kind=kind, title=said(message), note=note)


def said(message: Message) -> str:
    """The packets of a message in one line: "say("hi") · ack 7"."""
    found = [label(one) for one in spoken(message)]
    more = len(found) - NAMED
    return " · ".join(found[:NAMED]) + (f" · and {more:,} more" if more > 0 else "")


def label(one: Spoken) -> str:
    """A packet in a few words: `/admin say("hi"), id 7`."""
    if one.header is not None:
        return f"attachment {one.place}, {bytes_(one.carried)}"
    if one.wrong or one.packet is None:
        return "no packet"
    packet = one.packet
    where = "" if packet.namespace == "/" else f"{messages.preview(packet.namespace.encode(), 24)} "
    number = "" if packet.id is None else f", id {packet.id}"
    if packet.type in (Type.EVENT, Type.BINARY_EVENT):
        name, *arguments = packet.data
        what = f"{messages.preview(f'{name}'.encode(errors='replace'), 24)}({_listed(arguments)})"
    elif packet.type in (Type.ACK, Type.BINARY_ACK):
        what = f"ACK({_listed(packet.data)})"
    else:
        what = packet.type.name + ("" if packet.data is None else f" {_listed([packet.data])}")
    return where + what + number + (" in msgpack" if one.parser == MSGPACK else "")


def _listed(values: Sequence[Any]) -> str:
    text = shown(list(values), SHOWN + 2)
    return text[1:-1] if text.endswith("]") else text[1:]


# --- words


def about(message: Message) -> str:
    """A sentence for each packet: what it is, and which others belong to it; "" without any."""
    found = spoken(message)
    more = f" And {len(found) - NAMED:,} more." if len(found) > NAMED else ""
    return " ".join(f"{label(one)}{_belongs(one)}." for one in found[:NAMED]) + more


def _belongs(one: Spoken) -> str:
    if one.header is not None:
        return f", of {socketio_fields.whose(one.header, one)}"
    if one.wrong:
        return f": {one.wrong}"
    parts = []
    if one.due:
        parts.append(f"attachments: {len(one.attachments)} of {one.due}")
    if one.stray:
        parts.append("the client has not asked to join this namespace")
    if one.answers is not None:
        parts.append(f"answers {socketio_fields.whose(one.answers, one)}")
    elif one.asks:
        where = socketio_fields.place(one.answer, one) if one.answer else ""
        parts.append(f"answered by {where}" if where else "not answered")
    return "".join(f"; {part}" for part in parts)
