"""Socket.IO packets: a text, and a message of bytes for each attachment.        Socket.IO rev. 5

    2["say","hello"]                               an event
    2/admin,13["say","hello"]                      in a namespace; 13 asks for an acknowledgement
    3/admin,13["ok"]                               the acknowledgement
    51-["file",{"_placeholder":true,"num":0}]      an event with one attachment: bytes come next

    type  [attachments -]  [namespace ,]  [id]  [JSON]

Lesson 09.  Builds on: `json_text`.  Used by: `socketio`.
New here: an event has a name; one connection carries several namespaces; bytes stand anywhere in
an argument.
Left out: revision 4 and older.  A namespace keeps its query string: `/a?b` is a name.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Any

from ...errors import RemoteError
from .json_text import JSON, PARSE_ERROR, SHOWN, Hook, Json

MAX_ATTACHMENTS = 10  # as in socket.io-parser since 4.2.6
MAX_ID = 16  # digits
# Names that mean something to the library: nobody may send them.
RESERVED = frozenset(
    ("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")
)
HEAD = re.compile(r"(?:(\d+)-)?(/[^,]*,?)?(\d+)?", re.ASCII)


class Type(enum.StrEnum):
    """What a packet is for.  Its value is the digit on the wire."""

    CONNECT = "0"
    DISCONNECT = "1"
    EVENT = "2"
    ACK = "3"
    CONNECT_ERROR = "4"
    BINARY_EVENT = "5"  # the same with attachments; a Decoder gives an EVENT, and the bytes in it
    BINARY_ACK = "6"


TYPES = {str(kind): kind for kind in Type}
BINARY = {Type.EVENT: Type.BINARY_EVENT, Type.ACK: Type.BINARY_ACK}
PLAIN = {binary: plain for plain, binary in BINARY.items()}
EVENT, ACK = Type.EVENT, Type.ACK


@dataclass(slots=True)
class Packet:
    """`data`: of an event its name and arguments, of an acknowledgement its values, as a list."""

    type: Type
    data: Any = None
    namespace: str = "/"
    id: int | None = None
    attachments: int = 0  # how many messages of bytes follow


def encode(packet: Packet, json: Json = JSON) -> list[str | bytes]:
    """Packet -> a text, and its attachments.  TypeError, ValueError: JSON does not have it.

    >>> encode(Packet(Type.EVENT, ["file", b"a"], "/admin", 7))
    ['51-/admin,7["file",{"_placeholder":true,"num":0}]', b'a']
    """
    kind, text = packet.type, ""
    attachments: list[bytes] = []
    if packet.data is not None:
        text = json.dumps(packet.data, attachments if kind in BINARY else None)
    if packet.id is not None:
        text = f"{packet.id}{text}"
    if packet.namespace != "/":
        text = f"{packet.namespace},{text}"
    if attachments:
        return [f"{BINARY[kind]}{len(attachments)}-{text}", *attachments]
    return [f"{kind}{text}"]


def decode(text: str, json: Json = JSON, max_attachments: int = MAX_ATTACHMENTS) -> Packet:
    """The text of a packet -> packet, with placeholders where its attachments belong.

    Raises RemoteError for what is no packet, or says what its type does not allow.

    >>> decode('2/admin,13["say","hello"]')
    Packet(type=<Type.EVENT: '2'>, data=['say', 'hello'], namespace='/admin', id=13, attachments=0)
    """
    if text[:2] == "2[":  # most packets
        packet = Packet(EVENT, json.loads(text[1:]))
    elif text[:1] in "23" and _is_id(id := text[1 : max(1, text.find("[", 1, MAX_ID + 2))]):
        # An event with an id, or an answer: 0.6 µs less than by the grammar.
        data = json.loads(text[1 + len(id) :])
        packet = Packet(EVENT if text[0] == "2" else ACK, data, "/", int(id))
    else:
        packet = _decode_head(text, json, max_attachments)
    check(packet)
    return packet


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii()


def _decode_head(text: str, json: Json, max_attachments: int) -> Packet:
    kind = TYPES.get(text[:1])
    head = HEAD.match(text, 1)
    if kind is None or head is None:
        raise RemoteError(f"no packet begins as {text[:SHOWN]!r} does", PARSE_ERROR)
    announced, namespace, id = head.groups()
    if (announced is not None) != (kind in PLAIN):
        raise RemoteError(f"illegal attachments: {text[:SHOWN]!r}", PARSE_ERROR)
    packet = Packet(kind)
    if announced is not None:
        packet.attachments = int(announced[:MAX_ID])
        if not 0 < packet.attachments <= max_attachments:
            wrong = "illegal" if packet.attachments == 0 else "too many"
            raise RemoteError(f"{wrong} attachments: {announced[:MAX_ID]}", PARSE_ERROR)
    if namespace is not None:
        packet.namespace = namespace.removesuffix(",")
    if id is not None:
        if len(id) > MAX_ID:
            raise RemoteError(f"an id of {len(id)} digits; {MAX_ID} are allowed", PARSE_ERROR)
        packet.id = int(id)
    if head.end() < len(text):
        packet.data = json.loads(text[head.end() :])
        if packet.data is None:  # no data and null are not the same
            raise RemoteError("invalid payload: null", PARSE_ERROR)
    return packet


def check(packet: Packet) -> None:
    """Raise RemoteError if a packet of this type must not carry this data."""
    kind, data = packet.type, packet.data
    if kind is EVENT or kind is Type.BINARY_EVENT:
        if type(data) is not list or not data:
            raise RemoteError("invalid payload: an event is an array with a name", PARSE_ERROR)
        name = data[0]
        if type(name) is str:
            if name in RESERVED:
                raise RemoteError(f"invalid payload: nobody may send {name!r}", PARSE_ERROR)
        elif type(name) is not int and type(name) is not float:
            raise RemoteError("invalid payload: an event's name is a text", PARSE_ERROR)
    elif kind is ACK or kind is Type.BINARY_ACK:
        if type(data) is not list:
            raise RemoteError("invalid payload: an answer is an array", PARSE_ERROR)
    elif not isinstance(data, DATA[kind]):
        raise RemoteError(f"invalid payload of {kind.name}", PARSE_ERROR)


DATA: dict[Type, tuple[type, ...]] = {
    Type.CONNECT: (dict, type(None)),
    Type.DISCONNECT: (type(None),),
    Type.CONNECT_ERROR: (dict, str),
}


class Decoder:
    """Makes packets of the messages of one connection: a text, and the bytes that belong to it."""

    __slots__ = ("_bytes", "json", "max_attachments", "partial")

    def __init__(self, json: Json = JSON, max_attachments: int = MAX_ATTACHMENTS) -> None:
        self.json = json
        self.max_attachments = max_attachments
        self.partial: Packet | None = None  # one whose attachments have not all come
        self._bytes: list[bytes] = []

    def add(self, message: str | bytes) -> Packet | None:
        """A message came.  The packet that it completes, or None.  Raises RemoteError."""
        partial = self.partial
        if isinstance(message, str):
            if partial is not None:
                raise RemoteError("a text, where an attachment was due", PARSE_ERROR)
            packet = decode(message, self.json, self.max_attachments)
            if packet.attachments:
                self.partial = packet
                return None
            return packet
        if partial is None:
            raise RemoteError("bytes, where no attachment was due", PARSE_ERROR)
        self._bytes.append(message)
        if len(self._bytes) < partial.attachments:
            return None
        attachments, self._bytes, self.partial = self._bytes, [], None
        partial.type = PLAIN[partial.type]
        partial.data = fill(partial.data, attachments)
        return partial


def fill(data: Any, attachments: list[bytes]) -> Any:
    """The data with its attachments in place of the placeholders.  Raises RemoteError.

    >>> fill(["file", {"_placeholder": True, "num": 0}], [b"a"])
    ['file', b'a']
    """
    try:
        return _fill(data, attachments)
    except RecursionError as error:
        raise RemoteError("JSON that is nested too deeply", PARSE_ERROR) from error


def _fill(data: Any, attachments: list[bytes]) -> Any:
    if type(data) is list:
        return [_fill(item, attachments) for item in data]
    if type(data) is dict:
        if data.get("_placeholder") is True:
            num = data.get("num")
            if type(num) is not int or not 0 <= num < len(attachments):
                raise RemoteError(f"illegal attachments: there is no number {num!r}", PARSE_ERROR)
            return attachments[num]
        return {name: _fill(item, attachments) for name, item in data.items()}
    return data


class Parser:
    """The parser of a server or a client: JSON, with attachments.

    Another one needs the same two methods; both ends must have the same.
    """

    __slots__ = ("json", "max_attachments")

    def __init__(
        self,
        *,
        default: Hook | None = None,
        object_hook: Hook | None = None,
        max_attachments: int = MAX_ATTACHMENTS,
    ) -> None:
        """`default` and `object_hook`: see `json_text.Json`."""
        self.json = Json(default=default, object_hook=object_hook)
        self.max_attachments = max_attachments

    def encode(self, packet: Packet) -> list[str | bytes]:
        """The messages of a packet."""
        return encode(packet, self.json)

    def decoder(self) -> Decoder:
        """A decoder for one connection."""
        return Decoder(self.json, self.max_attachments)
