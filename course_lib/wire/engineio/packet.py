"""Engine.IO packets: one digit, then an opaque payload.            Engine.IO protocol, revision 4

    "4hello"               a message that is text
    b"\\x01\\x02"              a message that is bytes, where the transport can carry bytes
    "bAQI="                the same bytes where it cannot: b, then base64
    "4a\\x1e2\\x1ebAQI="       a payload, the body of a polling request: packets joined by \\x1e

Lesson 07.  Builds on: nothing.  Used by: `engineio`.
New here: several packets in one HTTP body.
Left out: revision 3, JSONP.  A message stays opaque: whether it is JSON is for the layer above.
Nothing escapes a \\x1e in a text; whoever sends such a text by polling must encode it first.
"""

from __future__ import annotations

import binascii
import enum
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import LocalError, RemoteError

SEPARATOR = "\x1e"
PARSE_ERROR = 400  # the code of our RemoteErrors: an HTTP status
SHOWN = 40  # characters of a peer's text that an error quotes
COMPACT = json.JSONEncoder(separators=(",", ":"))  # `json.dumps` makes one each time: 5 µs
MAX_SID = 256  # characters of a session id that a client believes


class Type(enum.StrEnum):
    """What a packet is for.  Its value is the digit on the wire."""

    OPEN = "0"
    CLOSE = "1"
    PING = "2"
    PONG = "3"
    MESSAGE = "4"
    UPGRADE = "5"
    NOOP = "6"


TYPES = {str(kind): kind for kind in Type}  # a lookup here costs a twentieth of `Type(digit)`


@dataclass(slots=True)
class Packet:
    """A packet.  Only a message may carry bytes."""

    type: Type
    data: str | bytes = ""


def encode(packet: Packet, *, binary: bool = True) -> str | bytes:
    """Packet -> what a transport sends.  `binary`: the transport can carry bytes.

    >>> encode(Packet(Type.MESSAGE, b"\\x01"), binary=False)
    'bAQ=='
    """
    if isinstance(packet.data, str):
        return packet.type + packet.data
    return packet.data if binary else base64(packet.data)


def base64(data: bytes) -> str:
    """A binary message as text."""
    return "b" + binascii.b2a_base64(data, newline=False).decode("ascii")


def decode(message: str | bytes) -> Packet:
    """What a transport received -> packet.  Raises RemoteError."""
    if not isinstance(message, str):
        return Packet(Type.MESSAGE, message)
    kind = TYPES.get(message[:1])
    if kind is not None:
        return Packet(kind, message[1:])
    if message[:1] == "b":
        try:
            return Packet(Type.MESSAGE, binascii.a2b_base64(message[1:], strict_mode=True))
        except ValueError as error:  # not ASCII, or not base64
            raise RemoteError(f"bad base64: {message[:SHOWN]!r}", PARSE_ERROR) from error
    raise RemoteError(f"no packet begins as {message[:SHOWN]!r} does", PARSE_ERROR)


def encode_payload(packets: Iterable[Packet]) -> bytes:
    """Packets -> the body of one polling request or response."""
    return join([encode(packet) for packet in packets])


def join(encoded: Sequence[str | bytes]) -> bytes:
    """What `encode` made -> one body; bytes become base64."""
    texts = [part if isinstance(part, str) else base64(part) for part in encoded]
    return SEPARATOR.join(texts).encode()


def size_in_payload(encoded: str | bytes) -> int:
    """Bytes of a packet that will wait for a poll.  LocalError for what no payload can carry."""
    if not isinstance(encoded, str):
        return len(encoded)
    if SEPARATOR in encoded:
        raise LocalError("a text with \\x1e cannot be sent by polling: encode it, as JSON does")
    try:
        return len(encoded) if encoded.isascii() else len(encoded.encode())
    except UnicodeEncodeError as error:
        raise LocalError(f"this text cannot be encoded: {error}") from error


def decode_payload(body: bytes) -> Iterator[Packet]:
    """The packets of a body, one after the other, until the first bad one raises RemoteError."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise RemoteError("a payload that is not UTF-8", PARSE_ERROR) from error
    begin = 0
    while (end := text.find(SEPARATOR, begin)) >= 0:
        yield decode(text[begin:end])
        begin = end + 1
    yield decode(text[begin:])


def fitting(encoded: Sequence[str | bytes], max_payload: int) -> int:
    """How many of these fit into one body of `max_payload` bytes.  The first always does."""
    size = -1  # the first has no separator before it
    for count, part in enumerate(encoded):
        size += 1 + (len(part.encode()) if isinstance(part, str) else 1 + -(-len(part) // 3) * 4)
        if count and size > max_payload:
            return count
    return len(encoded)


def handshake(
    sid: str, upgrades: list[str], ping_interval: float, ping_timeout: float, max_payload: int
) -> str:
    """The OPEN packet.  Its fields are those of `Handshake`.

    >>> handshake("lv_VI97HAXpY6yYWAAAC", ["websocket"], 25, 20, 1_000_000)[:28]
    '0{"sid":"lv_VI97HAXpY6yYWAAA'
    """
    fields = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": round(ping_interval * 1000),
        "pingTimeout": round(ping_timeout * 1000),
        "maxPayload": max_payload,
    }
    return Type.OPEN + COMPACT.encode(fields)


@dataclass(slots=True)
class Handshake:
    """What an OPEN packet says.  Times are seconds here, and milliseconds on the wire."""

    sid: str
    upgrades: list[str]  # transports that the client may change to
    ping_interval: float
    ping_timeout: float
    max_payload: int  # bytes of one body, or of one WebSocket message, that the server accepts

    def encode(self) -> str:
        """The OPEN packet."""
        return handshake(
            self.sid, self.upgrades, self.ping_interval, self.ping_timeout, self.max_payload
        )

    @classmethod
    def decode(cls, data: str | bytes) -> Handshake:
        """The data of an OPEN packet.  RemoteError if a field is missing or makes no sense."""
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise RemoteError(f"a handshake that is not JSON: {data[:SHOWN]!r}", 400) from error
        if not isinstance(fields, dict):
            raise RemoteError(f"a handshake that is no object: {data[:SHOWN]!r}", PARSE_ERROR)
        sid, upgrades = fields.get("sid"), fields.get("upgrades", [])
        if not (isinstance(sid, str) and 0 < len(sid) <= MAX_SID and sid.isprintable()):
            raise RemoteError("a handshake whose sid is missing or no text", PARSE_ERROR)
        if not (isinstance(upgrades, list) and all(isinstance(name, str) for name in upgrades)):
            raise RemoteError("a handshake whose upgrades are no list of names", PARSE_ERROR)
        return cls(
            sid,
            upgrades,
            _number(fields, "pingInterval") / 1000,
            _number(fields, "pingTimeout") / 1000,
            int(_number(fields, "maxPayload", 0)),
        )


def _number(fields: dict[str, Any], name: str, missing: float | None = None) -> float:
    value: Any = fields.get(name, missing)
    if type(value) not in (int, float) or not 0 <= value <= 1e12:
        raise RemoteError(f"a handshake whose {name} is {value!r}"[:SHOWN], PARSE_ERROR)
    return float(value)
