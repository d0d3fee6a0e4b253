"""Engine.IO in a recording: the packets in HTTP bodies and in WebSocket messages, as one layer.

Lesson 07 on.  Builds on: `engineio_fields`, `messages`, `websocket_parts`.  Used by: `socketio`;
`lab.dissect`, which adds `content` to `messages.CONTENTS`; and whoever follows a session.

    GET /engine.io/?EIO=4&transport=polling&sid=…     polling     "GET"
    200 OK   4welcome 1e 4two                         polling     "4welcome · 4two"
    text frame 2probe                                 websocket   "2probe"

New here: a layer that has no bytes of its own.  The same bytes are an HTTP message or a frame to
one reader, and packets to another; so `seen` shows the same messages once more, with other titles,
and both have the same number.
Left out: what a message says (`messages.INSIDES`).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...errors import RemoteError
from ...wire.engineio import packet, upgrade
from ...wire.engineio.packet import Packet, Type
from ...wire.websocket.frames import Opcode
from . import engineio_fields, messages
from .conversations import UP
from .engineio_fields import ENGINEIO
from .messages import HTTP, Field, Message
from .websocket_parts import Framed

POLLING, WEBSOCKET = "polling", "websocket"
PROBE = upgrade.PROBE
NAMED = 4  # packets of a payload that a title names
SHOWN = 24  # characters of each


def request(message: Message) -> Message | None:
    """The HTTP request because of which a message is Engine.IO's; None if it is not.

    It is the message itself, the one that it answers, or the one that opened its WebSocket.
    """
    if message.opening is not None:
        asked: Message | None = message.opening
    else:
        asked = message if message.direction == UP else message.answers
    if asked is None or asked.layer not in (HTTP, ENGINEIO) or asked.value is None:
        return None
    return asked if query(asked).get("EIO") == "4" else None


def query(asked: Message) -> dict[str, str]:
    """The query of a request: EIO, transport, sid."""
    found: dict[str, str] = asked.value.query
    return found


def payload(message: Message) -> str | bytes | None:
    """What carries packets in a message: a body of polling, or a WebSocket message.

    None where there are no packets: a request without a body, a refusal, a frame that is a part.
    """
    asked = request(message)
    if asked is None or message.state != messages.WHOLE:
        return None
    if isinstance(message.value, Framed):
        whole = message.value.whole
        last = message.value.frame.fin and whole is not None
        return whole.data if last and whole is not None else None
    if message.opening is not None or not message.value.body or _encoded(message):
        return None
    poll = message.direction != UP and message.value.status == 200 and asked.value.method == "GET"
    write = message is asked and asked.value.method == "POST"
    return bytes(message.value.body) if poll or write else None


def packets(message: Message) -> list[Packet]:
    """The packets of a message, up to the first that is none."""
    found: list[Packet] = []
    carried = payload(message)
    try:
        if isinstance(message.value, Framed):
            found += [packet.decode(carried)] if carried is not None else []
        elif isinstance(carried, bytes):
            found.extend(packet.decode_payload(carried))
    except RemoteError:
        pass
    return found


def content(message: Message, body: bytes) -> list[Field] | None:
    """The fields of a body, or of the payload of a frame; see `messages.CONTENTS`."""
    asked = request(message)
    if asked is None:
        return None
    inside = partial(messages.inside, message)
    if isinstance(message.value, Framed):
        text = message.value.frame.opcode is Opcode.TEXT
        return engineio_fields.frame(body, inside, text=text)
    if _encoded(message):
        return None
    if payload(message) is not None:
        return engineio_fields.payload(body, inside)
    if message.direction != UP and message.value.status >= 400:
        return engineio_fields.refusal(body)
    return None


def _encoded(message: Message) -> bool:
    """Whether the body is compressed."""
    return bool(message.value.headers.get("content-encoding"))


# --- the layer


def seen(found: Sequence[Message]) -> list[Message]:
    """The messages, those of Engine.IO as messages of this layer; each keeps its number.

    Control frames, and all frames of a message but the last, are no packets: they stay as they are.
    """
    mine = {id(one): _as_packets(one) for one in found if _is_one(one)}
    for one in mine.values():
        if one.answers is not None:
            one.answers = mine.get(id(one.answers), one.answers)
    return [mine.get(id(one), one) for one in found]


def _is_one(message: Message) -> bool:
    if request(message) is None:
        return False
    return message.opening is None or payload(message) is not None


def _as_packets(message: Message) -> Message:
    asked = request(message)
    assert asked is not None
    kind = WEBSOCKET if query(asked).get("transport") == WEBSOCKET else POLLING
    return dataclasses.replace(message, layer=ENGINEIO, kind=kind, title=title(message))


def title(message: Message) -> str:
    """The packets of a message, or what it is if it has none."""
    asked = request(message)
    if asked is None:
        return message.title
    if payload(message) is not None:
        return said(message)
    if message is asked:
        if asked.value.upgrade:
            return "GET, upgrade"
        new = not query(asked).get("sid") and asked.value.method == "GET"
        return f"{asked.value.method}{', no sid' if new else ''}"
    if isinstance(message.value, Framed) or message.state != messages.WHOLE:
        return message.title
    status, body = message.value.status, bytes(message.value.body)
    if status == 101:
        return "101, a WebSocket"
    if status == 200:
        return messages.preview(body, SHOWN) if not _encoded(message) else "compressed packets"
    return f"{status} {_reason(body) or message.value.reason}".rstrip()


def said(message: Message) -> str:
    """The packets of a message in one line: "4welcome · 4two"."""
    found = [label(one) for one in packets(message)]
    carried = payload(message)
    count = 1 + (carried.count(engineio_fields.SEPARATOR) if isinstance(carried, bytes) else 0)
    if isinstance(message.value, Framed):
        count = 1
    if len(found) < count and len(found) < NAMED:
        found.append("no packet")
    more = count - NAMED
    return " · ".join(found[:NAMED]) + (f" · and {more:,} more" if more > 0 else "")


def label(one: Packet) -> str:
    """A packet as it is on the wire, if it is short; the handshake as `0{…}`."""
    if isinstance(one.data, bytes):
        return f"({len(one.data):,} byte{'' if len(one.data) == 1 else 's'})"
    if one.type is Type.OPEN:
        return "0{…}"
    return messages.preview((one.type + one.data).encode(), SHOWN)


def _reason(body: bytes) -> str:
    """What a refusal says to people."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = told.get("message") if isinstance(told, dict) else None
    if not isinstance(message, str):
        return ""
    return messages.preview(message.encode(errors="replace"), 40)


# --- sessions


@dataclass(slots=True)
class Session:
    """The messages of one session, as packets, and the handshake if it was recorded."""

    sid: str
    messages: list[Message] = field(default_factory=list)
    handshake: packet.Handshake | None = None


def sessions(found: Sequence[Message]) -> dict[str, Session]:
    """The sessions of a recording by their sid, in the order of their first messages."""
    mine = [one for one in seen(found) if one.layer == ENGINEIO]
    known: dict[tuple[int, int], str] = {}  # by the request, what its answer has said
    opened: dict[str, packet.Handshake] = {}
    for one in mine:
        asked = request(one)
        opening = handshake(one)
        if asked is not None and opening is not None:
            known[place(asked)] = opening.sid
            opened[opening.sid] = opening
    sessions: dict[str, Session] = {}
    for one in mine:
        asked = request(one)
        assert asked is not None
        if sid := query(asked).get("sid") or known.get(place(asked), ""):
            session = sessions.setdefault(sid, Session(sid, [], opened.get(sid)))
            session.messages.append(one)
    return sessions


def place(asked: Message) -> tuple[int, int]:
    """Which request it is, whether it is seen as HTTP or as packets."""
    return asked.connection, asked.start


def handshake(message: Message) -> packet.Handshake | None:
    """The handshake that a message carries, if any."""
    for one in packets(message):
        if one.type is Type.OPEN:
            try:
                return packet.Handshake.decode(one.data)
            except RemoteError:
                return None
    return None
