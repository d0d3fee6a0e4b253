"""The fields of Socket.IO packets in JSON, and of attachments, each with its bytes.

Lesson 09.  Builds on: `socketio_packets`, `json_fields`, `wire.socketio.packet`.  Used by:
`socketio`; `msgpack_fields` for the same in msgpack.

    5 1 - /admin , 7 [ "file" , {"_placeholder":true,"num":0} ]
    | |   |        |   |name|   |       argument 1          |
    | |   |        id           its placeholder: attachment 0, the bytes of another message
    | |   namespace
    | attachments that follow
    type

New here: what a field means depends on other messages: which one answers it, and which one brings
the bytes of a placeholder.
Left out: which messages are Socket.IO's (`socketio_packets`), and their titles (`socketio`).
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...wire.socketio import packet
from ...wire.socketio.packet import Type
from . import json_fields, messages
from .conversations import UP
from .messages import Field
from .socketio_packets import Spoken, item_name

SOCKETIO = "socketio"
SPEC = "Socket.IO protocol 5"
HEX = 40  # bytes of a value in hexadecimal digits
PLACEHOLDER = re.compile(
    rb'\{\s*"_placeholder"\s*:\s*true\s*,\s*"num"\s*:\s*(\d{1,9})\s*\}'
    rb'|\{\s*"num"\s*:\s*(\d{1,9})\s*,\s*"_placeholder"\s*:\s*true\s*\}'
)

TYPES = {
    Type.DISCONNECT: "Leaves the namespace, or sends the client away from it.",
    Type.EVENT: "An event: a name, and its arguments.",
    Type.ACK: "The acknowledgement of an event: what its listener has answered.",
    Type.CONNECT_ERROR: "The client may not join the namespace.",
    Type.BINARY_EVENT: "An event with attachments: messages of bytes follow.",
    Type.BINARY_ACK: "An acknowledgement with attachments: messages of bytes follow.",
}
MEMBERS = {  # of what a CONNECT and its answer carry
    "sid": "The id of the socket in this namespace; not that of the session.",
    "pid": "With it the client may ask for what it has missed.  A secret.",
    "message": "Why the client may not join, for a person.",
    "data": "Why, for a program.",
}


def leaf(name: str, start: int, stop: int, value: str, meaning: str) -> Field:
    """A field of this layer."""
    return Field(name, start, stop, value, meaning, SPEC, SOCKETIO)


def attachment(one: Spoken, size: int) -> Field:
    """The bytes of an attachment; `size` is what they take where they are, in base64 or not."""
    carried = one.carried
    assert isinstance(carried, bytes) and one.header is not None
    value = carried[:HEX].hex(" ") + (" …" if len(carried) > HEX else "")
    where = " and ".join(one.header.places.get(one.place, ()))
    told = where or "no placeholder has its number"
    meaning = f"Bytes of {whose(one.header, one)}, which stand in: {told}."
    return leaf(f"attachment {one.place}", 0, size, value, meaning)


def none(one: Spoken, data: bytes) -> Field:
    """What is no packet, and why."""
    return leaf("no packet", 0, len(data), messages.preview(data), f"No packet: {one.wrong}.")


def text(one: Spoken, data: bytes) -> Field:
    """A packet in JSON."""
    said = data.decode()
    kind, head = Type(said[:1]), packet.HEAD.match(said, 1)
    assert head is not None  # the decoder has read it
    announced, namespace, number = head.groups()
    found = [leaf("type", 0, 1, said[0], f"{kind.name}: {meaning_of(one, kind)}")]

    def add(name: str, value: str, meaning: str) -> None:
        at = found[-1].stop
        found.append(leaf(name, at, at + len(value.encode()), value, meaning))

    if announced is not None:
        add("attachments", announced, attachments_meaning(one))
        add("dash", "-", "Ends the number of attachments.")
    if namespace is not None:
        add("namespace", namespace.removesuffix(","), "The namespace: one connection has several.")
        if namespace.endswith(","):
            add("comma", ",", "Ends the namespace.")
    if number is not None:
        add("id", number, id_meaning(one))
    if (at := found[-1].stop) < len(data):
        found.append(_data(one, kind, data[at:]).shifted(at))
    whole = leaf(packet_name(kind), 0, len(data), messages.preview(data), found[0].meaning)
    whole.children = found
    return whole


def _data(one: Spoken, kind: Type, data: bytes) -> Field:
    field = leaf("data", 0, len(data), messages.preview(data), "In JSON.")
    if data.lstrip()[:1] == b"{":
        field.children = json_fields.members(
            data, leaf, lambda name: MEMBERS.get(name, "The application's own.")
        )
    else:
        field.children = json_fields.items(data, leaf, lambda at, item: _item(one, kind, at, item))
    return field


def _item(one: Spoken, kind: Type, index: int, data: bytes) -> Field:
    """The name of an event, or an argument, with its placeholders."""
    name = item_name(kind, index)
    field = leaf(name, 0, len(data), messages.preview(data), item_meaning(name))
    at = 0
    for match in PLACEHOLDER.finditer(data):
        if match.start() > at:
            field.children.append(_around(data, at, match.start()))
        number = int(match[1] or match[2])
        told = _placeholder(one, number)
        at = match.end()
        field.children.append(
            leaf(f"placeholder {number}", match.start(), at, match[0].decode(), told)
        )
    if field.children and at < len(data):
        field.children.append(_around(data, at, len(data)))
    return field


def _around(data: bytes, start: int, stop: int) -> Field:
    return leaf("JSON", start, stop, messages.preview(data[start:stop]), "Around a placeholder.")


def _placeholder(one: Spoken, number: int) -> str:
    if number >= one.due:
        return "Bytes stand here, but no attachment has this number."
    if number >= len(one.attachments):
        return "Bytes stand here. They have not come."
    brought = one.attachments[number]
    size = bytes_(brought.carried)
    return f"Bytes stand here: attachment {number}, {size}, in {place(brought, one)}."


# --- words, for msgpack as well


def packet_name(kind: Type) -> str:
    """What a field is called that is a whole packet."""
    return f"packet {kind.name.lower().replace('_', ' ')}"


def bytes_(data: str | bytes) -> str:
    """How many there are."""
    return f"{len(data):,} byte{'' if len(data) == 1 else 's'}"


def shown(value: Any, limit: int = 120) -> str:
    """A value as JSON, in which `(3 bytes)` stands for bytes; up to `limit` characters."""
    try:
        text = _json(value)
    except (ValueError, RecursionError):
        text = "…"
    return messages.preview(text.encode(errors="replace"), limit)


def _json(value: Any) -> str:
    if isinstance(value, bytes):
        return f"({bytes_(value)})"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        members = (f"{_json(name)}: {_json(item)}" for name, item in value.items())
        return f"{{{', '.join(members)}}}"
    return json.dumps(value, ensure_ascii=False, default=str)


def place(one: Spoken, beside: Spoken) -> str:
    """The message that carries a packet, as one says it beside another packet."""
    if one.message is beside.message:
        return "this message"
    return f"message {one.message.number}"


def whose(one: Spoken, beside: Spoken) -> str:
    """The packet in another message, for a sentence: `the EVENT "file" in message 3`."""
    assert one.packet is not None
    kind = one.packet.type
    event = kind in (Type.EVENT, Type.BINARY_EVENT)
    name = f" {shown(one.packet.data[0], 24)}" if event else ""
    return f"the {kind.name}{name} in {place(one, beside)}"


def meaning_of(one: Spoken, kind: Type) -> str:
    """What a type means here."""
    if kind is Type.CONNECT:
        if one.message.direction == UP:
            told = "Asks to join the namespace. What it carries is for the server's middlewares."
        else:
            told = "The client has joined the namespace."
    else:
        told = TYPES[kind]
    if one.stray:
        told += " But the client has not asked to join this namespace: a server refuses that."
    return told


def attachments_meaning(one: Spoken) -> str:
    """How many messages of bytes follow, and which they are."""
    told = "How many messages of bytes follow."
    if one.attachments:
        found = dict.fromkeys(place(brought, one) for brought in one.attachments)
        told += f" They are in {' and '.join(found)}."
    if missing := one.due - len(one.attachments):
        told += f" {missing} of {one.due} {'has' if missing == 1 else 'have'} not come."
    return told


def id_meaning(one: Spoken) -> str:
    """Which packet has the same id, in the other direction."""
    if one.answers is not None:
        return f"Answers {whose(one.answers, one)}."
    if one.packet is not None and one.packet.type in (Type.ACK, Type.BINARY_ACK):
        return "Answers an event that was not recorded, or has been answered already."
    if one.asks:
        return f"Asks for an acknowledgement{_answered(one)}."
    return "Means nothing here."


def _answered(one: Spoken) -> str:
    return f"; it is in {place(one.answer, one)}" if one.answer else "; none has come"


def item_meaning(name: str) -> str:
    """What an item of the data is."""
    if name == "event name":
        return "The name of the event, by which the other side finds its listeners."
    return "For the listener." if name.startswith("argument") else "What the listener has answered."
