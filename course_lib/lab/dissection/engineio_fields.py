"""The fields of Engine.IO packets, each with its bytes.            Engine.IO protocol, revision 4

Lesson 07 on.  Builds on: `wire.engineio.packet`, `messages`.  Used by: `engineio`.

    4 h e l l o 1e 2 1e b A Q I =        a payload: the body of a polling request or response
    | |-data--| |  | |  | |-data-|
    type     separator  type: bytes in base64, shown decoded

New here: fields inside the body of another layer.  Their offsets count from its first byte.
Left out: which bodies and frames are Engine.IO's (`engineio`), and what a message says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ...errors import RemoteError
from ...wire.engineio import packet, upgrade
from ...wire.engineio.packet import Packet, Type
from . import messages
from .messages import Field

ENGINEIO = "engineio"
SPEC = "Engine.IO protocol 4"
HEX = 40  # bytes of a value in hexadecimal digits
OF_JSON = "Belongs to JSON."
SEPARATOR = packet.SEPARATOR.encode()

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


def payload(body: bytes) -> list[Field]:
    """The packets of a body, and the separators between them; they tile it."""
    found: list[Field] = []
    at = 0
    for index, part in enumerate(body.split(SEPARATOR)):
        if index:
            meaning = "Ends a packet; another one follows."
            found.append(_leaf("separator", at, at + 1, "1e", meaning))
            at += 1
        if part:
            found.append(_text_packet(part).shifted(at))
            at += len(part)
    return found


def frame(data: bytes, *, text: bool) -> list[Field]:
    """The one packet of a WebSocket message."""
    if not data:
        return []
    if text:
        return [_text_packet(data)]
    value = data[:HEX].hex(" ") + (" …" if len(data) > HEX else "")
    meaning = "A message of the application, as bytes: no digit stands before them."
    return [_leaf("packet message", 0, len(data), value, meaning)]


def refusal(body: bytes) -> list[Field]:
    """The JSON of a refusal."""
    return list(_members(body)) or [messages.raw_field(body, layer=ENGINEIO)]


def decoded(text: bytes) -> Packet | None:
    """A packet as text; None if it is none."""
    try:
        return packet.decode(text.decode())
    except (RemoteError, UnicodeDecodeError):
        return None


def _leaf(name: str, start: int, stop: int, value: str, meaning: str) -> Field:
    return Field(name, start, stop, value, meaning, SPEC, ENGINEIO)


def _text_packet(data: bytes) -> Field:
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
        whole.children.append(_data(one, data[1:]).shifted(1))
    return whole


def _data(one: Packet, data: bytes) -> Field:
    if isinstance(one.data, bytes):
        value = one.data[:HEX].hex(" ") + (" …" if len(one.data) > HEX else "")
        count = f"{len(one.data):,} byte{'' if len(one.data) == 1 else 's'}"
        return _leaf("data", 0, len(data), value, f"{count}, decoded from {len(data):,} of base64.")
    if one.type is Type.OPEN:
        field = _leaf("data", 0, len(data), messages.preview(data), "The handshake, in JSON.")
        field.children = list(_members(data))
        return field
    told = "The word of the probe." if one.data == upgrade.PROBE else "Means nothing here."
    meaning = "Opaque to Engine.IO." if one.type is Type.MESSAGE else told
    return _leaf("data", 0, len(data), messages.preview(data), meaning)


def _members(data: bytes) -> Iterator[Field]:
    """The members of a JSON object, and what stands between them; nothing if it is none."""
    try:
        if not isinstance(json.loads(data.decode()), dict):
            return
    except (ValueError, RecursionError):
        return
    text, decoder, at = data.decode("latin-1"), json.JSONDecoder(), 0  # a character for each byte
    while (found := re.compile(r'[\s{,]*(?=")').match(text, at)) and found.end() < len(text):
        if found.end() > at:
            yield _leaf("punctuation", at, found.end(), text[at : found.end()].strip(), OF_JSON)
        _, stop = decoder.raw_decode(text, found.end())
        name: str = json.loads(data[found.end() : stop].decode())
        colon = re.compile(r"\s*:\s*").match(text, stop)
        assert colon is not None  # `json.loads` has read it
        _, stop = decoder.raw_decode(text, colon.end())
        value = messages.preview(data[colon.end() : stop])
        shown = messages.preview(name.encode(errors="replace"), 40)
        yield _leaf(
            shown or "(no name)",
            found.end(),
            stop,
            value,
            MEMBERS.get(name, "Not one of Engine.IO's own."),
        )
        at = stop
    if at < len(data):
        yield _leaf("punctuation", at, len(data), text[at:].strip(), OF_JSON)
