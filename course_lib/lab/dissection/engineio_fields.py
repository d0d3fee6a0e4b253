"""The fields of Engine.IO packets, each with its bytes.            Engine.IO protocol, revision 4

Lesson 07 on.  Builds on: `wire.engineio.packet`, `json_fields`.  Used by: `engineio`.

    4 h e l l o 1e 2 1e b A Q I =        a payload: the body of a polling request or response
    | |-data--| |  | |  | |-data-|
    type     separator  type: bytes in base64, shown decoded

New here: fields inside the body of another layer.  Their offsets count from its first byte.
Left out: which bodies and frames are Engine.IO's (`engineio`), and what a message says.
"""

from __future__ import annotations

from collections.abc import Callable

from ...errors import RemoteError
from ...wire.engineio import packet, upgrade
from ...wire.engineio.packet import Packet, Type
from . import json_fields, messages
from .messages import Field

ENGINEIO = "engineio"
SPEC = "Engine.IO protocol 4"
HEX = 40  # bytes of a value in hexadecimal digits
SEPARATOR = packet.SEPARATOR.encode()

Inside = Callable[[int, bytes], list[Field]]
"""What the packet of this index carries, whose data are these bytes: their fields, if known."""

TYPES = {
    Type.OPEN: "Opens the session: the server's handshake.",
    Type.CLOSE: "Closes the session.",
    Type.PING: "Asks whether the other side is still there.",
    Type.PONG: "Answers a ping.",
    Type.MESSAGE: "A message of the application.",
    Type.UPGRADE: "The client has paused polling: from here on packets travel on this connection.",
    Type.NOOP: "Says nothing; it lets a GET that waits return.",
}
PROBES = {
    "2probe": "Asks on the new transport whether packets pass.",
    "3probe": "Answers on the new transport: packets pass.",
}
MEMBERS = {  # of the handshake, and of a refusal
    "sid": "The session's id, which each later request says.  A secret.",
    "upgrades": "The transports that the client may change to.",
    "pingInterval": "Milliseconds from a pong to the next ping.",
    "pingTimeout": "Milliseconds that the server waits for a pong.",
    "maxPayload": "The most bytes that the server accepts in one request.",
    "code": "Why, for a program.",
    "message": "Why, for a person.",
}


def payload(body: bytes, inside: Inside) -> list[Field]:
    """The packets of a body, and the separators between them; they tile it."""
    found: list[Field] = []
    at = 0
    for index, part in enumerate(body.split(SEPARATOR)):
        if index:
            meaning = "Ends a packet; another one follows."
            found.append(_leaf("separator", at, at + 1, "1e", meaning))
            at += 1
        if part:
            found.append(_text_packet(index, part, inside).shifted(at))
            at += len(part)
    return found


def frame(data: bytes, inside: Inside, *, text: bool) -> list[Field]:
    """The one packet of a WebSocket message."""
    if not data:
        return []
    if text:
        return [_text_packet(0, data, inside)]
    value = data[:HEX].hex(" ") + (" …" if len(data) > HEX else "")
    meaning = "A message of the application, as bytes: no digit stands before them."
    whole = _leaf("packet message", 0, len(data), value, meaning)
    whole.children = inside(0, data)
    return [whole]


def refusal(body: bytes) -> list[Field]:
    """The JSON of a refusal."""
    return _members(body) or [messages.raw_field(body, layer=ENGINEIO)]


def decoded(text: bytes) -> Packet | None:
    """A packet as text; None if it is none."""
    try:
        return packet.decode(text.decode())
    except (RemoteError, UnicodeDecodeError):
        return None


def _leaf(name: str, start: int, stop: int, value: str, meaning: str) -> Field:
    return Field(name, start, stop, value, meaning, SPEC, ENGINEIO)


def _text_packet(index: int, data: bytes, inside: Inside) -> Field:
    one, size = decoded(data), len(data)
    shown = messages.preview(data)
    if one is None:
        return _leaf("no packet", 0, size, shown, "No packet begins so: the session ends.")
    binary = isinstance(one.data, bytes)
    meaning = PROBES.get(data.decode(), TYPES[one.type])
    whole = _leaf(f"packet {one.type.name.lower()}", 0, size, shown, meaning)
    digit = "b" if binary else f"{one.type}"
    said = "A message of bytes, in base64." if binary else f"{one.type.name}: {TYPES[one.type]}"
    whole.children = [_leaf("type", 0, 1, digit, said)]
    if size > 1:
        carried = _data(one, data[1:])
        if one.type is Type.MESSAGE:
            carried.children = inside(index, data[1:])
        whole.children.append(carried.shifted(1))
    return whole


def _data(one: Packet, data: bytes) -> Field:
    if isinstance(one.data, bytes):
        value = one.data[:HEX].hex(" ") + (" …" if len(one.data) > HEX else "")
        count = f"{len(one.data):,} byte{'' if len(one.data) == 1 else 's'}"
        return _leaf("data", 0, len(data), value, f"{count}, decoded from {len(data):,} of base64.")
    if one.type is Type.OPEN:
        field = _leaf("data", 0, len(data), messages.preview(data), "The handshake, in JSON.")
        field.children = _members(data)
        return field
    told = "The word of the probe." if one.data == upgrade.PROBE else "Means nothing here."
    meaning = "Opaque to Engine.IO." if one.type is Type.MESSAGE else told
    return _leaf("data", 0, len(data), messages.preview(data), meaning)


def _members(data: bytes) -> list[Field]:
    return json_fields.members(
        data, _leaf, lambda name: MEMBERS.get(name, "Not one of Engine.IO's own.")
    )
