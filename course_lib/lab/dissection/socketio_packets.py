"""Socket.IO in the messages of recorded Engine.IO sessions, read as they come.

Lesson 09.  Builds on: `engineio`, `wire.socketio.packet`, `wire.socketio.msgpack_parser`.  Used by:
`socketio`, `socketio_fields`, `msgpack_fields`; `lab.dissect` feeds the `Reader`.

    up    4 0            CONNECT                       4 51-7["file",{…0}]   EVENT 7 ── header
    down  4 0{"sid":…}   its answer                    01 02 03              attachment of it
                                                 down  4 37["ok"]            ACK, answers EVENT 7

A session speaks Socket.IO if its path ends in `/socket.io/`, or if its first message asks to join a
namespace and the server's first one answers that.  Of any other session messages stay opaque.
A direction speaks JSON from its first text on, or msgpack if its first message is msgpack's packet
in bytes: JSON begins each packet with a text.

New here: a packet has other packets that belong to it, in other messages and on another transport.
Left out: parsers of applications' own; their messages break our grammar, and are shown so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import RemoteError
from ...wire.engineio.packet import Type as EngineType
from ...wire.socketio import msgpack_parser, packet
from ...wire.socketio.packet import Packet, Type
from . import engineio, messages
from .conversations import DOWN, UP
from .messages import Message

PATH = "/socket.io"
JSON, MSGPACK = "JSON", "msgpack"
OTHER = {UP: DOWN, DOWN: UP}
JOINS = "joins"  # stands where the id of an answer does


@dataclass(slots=True, eq=False)
class Spoken:
    """A message of Engine.IO, as Socket.IO reads it: a packet, an attachment, or neither.

    Of what is no packet `wrong` says why.  An attachment has a `header`, and its `place` among the
    `attachments` of that.  `places`: where the header's placeholders stand, by their number.
    `answer` and `answers` join an acknowledgement, or what follows a CONNECT, to its request.
    `stray`: the client has never asked for this namespace.
    """

    message: Message
    carried: str | bytes
    parser: str = JSON
    packet: Packet | None = None
    wrong: str = ""
    header: Spoken | None = None
    place: int = 0
    attachments: list[Spoken] = field(default_factory=list)
    places: dict[int, list[str]] = field(default_factory=dict)
    answers: Spoken | None = None
    answer: Spoken | None = None
    stray: bool = False

    @property
    def due(self) -> int:
        """How many attachments the header has announced."""
        return 0 if self.packet is None else self.packet.attachments

    @property
    def asks(self) -> bool:
        """Whether an answer belongs to it: an acknowledgement, or a word on its CONNECT."""
        if self.packet is None:
            return False
        event = self.packet.type in (Type.EVENT, Type.BINARY_EVENT)
        joins = self.packet.type is Type.CONNECT and self.message.direction == UP
        return (event and self.packet.id is not None) or joins


class Reader:
    """Reads the new messages of a recording that may still grow."""

    def __init__(self) -> None:
        self._sids: dict[tuple[int, int], str] = {}  # of requests that do not name one
        self._talks: dict[object, _Talk] = {}

    def read(self, found: Sequence[Message]) -> None:
        """Give each new message its `inside`: a `Spoken` for each packet, or None for it."""
        for message in found:
            if message.inside is None and message.state == messages.WHOLE:
                message.inside = []
                self._read(message)

    def _read(self, message: Message) -> None:
        asked = engineio.request(message)
        packets = engineio.packets(message)
        if asked is None or not packets:
            return
        message.inside = [None] * len(packets)
        place = engineio.place(asked)
        begins = packets[0].type is EngineType.OPEN
        if begins and (handshake := engineio.handshake(message)) is not None:
            self._sids[place] = handshake.sid
        sid = engineio.query(asked).get("sid") or self._sids.get(place)
        talk = self._talks.setdefault(sid or place, _Talk(asked.value.path))
        talk.whole = talk.whole or begins
        for index, one in enumerate(packets):
            if one.type is EngineType.MESSAGE:
                talk.hear(message, index, one.data)


class _Talk:
    """One session: what has been said, and what still waits for its other half."""

    def __init__(self, path: str) -> None:
        self.whole = False  # its beginning was recorded
        self._is_one: bool | None = True if path.rstrip("/").endswith(PATH) else None
        self._undecided: list[tuple[Message, int, str | bytes]] = []
        self._parsers = {UP: "", DOWN: ""}
        self._decoders = {UP: packet.Decoder(), DOWN: packet.Decoder()}
        self._headers: dict[str, Spoken] = {}  # by the direction of the attachments that are due
        self._asked: dict[tuple[str, str, object], Spoken] = {}  # direction, namespace, id
        self._joined: dict[str, bool] = {}  # namespaces that the client has asked for

    def hear(self, message: Message, index: int, data: str | bytes) -> None:
        """Read a message of the session, once it is known to speak Socket.IO."""
        self._undecided.append((message, index, data))
        if self._is_one is None:
            self._is_one = _greeted([(one.direction, said) for one, _, said in self._undecided])
        if self._is_one is None:
            return
        if self._is_one:
            for one, place, said in self._undecided:
                spoken = self._speak(one, said)
                assert one.inside is not None
                one.inside[place] = spoken
                one._fields = None
        self._undecided = []

    def _speak(self, message: Message, said: str | bytes) -> Spoken:
        way = message.direction
        spoken = Spoken(message, said, self._parser(way, said))
        if spoken.parser == MSGPACK:
            spoken.packet, spoken.wrong = _judged(said, msgpack_parser.Decoder())
        else:
            self._decode(spoken, way)
        if spoken.packet is not None:
            self._join(spoken, spoken.packet, way)
        return spoken

    def _parser(self, way: str, said: str | bytes) -> str:
        """The parser of a direction, which its first message tells."""
        if not self._parsers[way]:
            if isinstance(said, str):
                self._parsers[way] = JSON
            elif _judged(said, msgpack_parser.Decoder())[0] is not None:
                self._parsers[way] = MSGPACK
        return self._parsers[way] or JSON

    def _decode(self, spoken: Spoken, way: str) -> None:
        """A text, or bytes that belong to the last one."""
        decoder, header = self._decoders[way], self._headers.get(way)
        whole, spoken.wrong = _judged(spoken.carried, decoder)
        if header is not None and isinstance(spoken.carried, bytes):
            spoken.header, spoken.place = header, len(header.attachments)
            header.attachments.append(spoken)
            header.wrong, spoken.wrong = spoken.wrong, ""  # a number that no attachment has
            _read_again(header)
        else:
            spoken.packet = whole or decoder.partial
        if spoken.wrong:
            spoken.packet = None
            decoder = self._decoders[way] = packet.Decoder()
        if decoder.partial is None:
            self._headers.pop(way, None)
        elif spoken.packet is not None:
            self._headers[way] = spoken
            spoken.places = _places(spoken.packet)

    def _join(self, spoken: Spoken, one: Packet, way: str) -> None:
        """Find the request that it answers; and whether it stands where it may."""
        known = one.namespace in self._joined
        if way == UP:
            if one.type is Type.CONNECT:
                self._joined[one.namespace] = True
            spoken.stray = self.whole and not known and one.type is not Type.CONNECT
        if spoken.asks:
            self._asked[way, one.namespace, one.id if one.id is not None else JOINS] = spoken
            return
        request = None
        if one.type in (Type.ACK, Type.BINARY_ACK):
            request = self._asked.pop((OTHER[way], one.namespace, one.id), None)
        elif way == DOWN and one.type in (Type.CONNECT, Type.CONNECT_ERROR):
            request = self._asked.pop((UP, one.namespace, JOINS), None)
        if request is not None:
            spoken.answers, request.answer = request, spoken
            _read_again(request)


def _read_again(spoken: Spoken) -> None:
    """What belongs to it has come: its fields say more now."""
    spoken.message._fields = None


def _judged(said: str | bytes, decoder: Any) -> tuple[Packet | None, str]:
    """What a decoder makes of a message: the packet that it completes, and what is wrong."""
    try:
        return decoder.add(said), ""
    except RemoteError as error:
        return None, str(error)


def _greeted(said: Sequence[tuple[str, str | bytes]]) -> bool | None:
    """Whether a session begins as Socket.IO does; None while the server has said nothing.

    "40" alone may be anything; that the server answers it, in the way that it must, is no accident.
    """
    first = {way: text for way, text in reversed(said)}
    if said[0][0] == DOWN:
        return False
    asked = _alone(first[UP])
    if asked is None or asked.type is not Type.CONNECT:
        return False
    if DOWN not in first:
        return None
    answer = _alone(first[DOWN])
    if answer is None or answer.namespace != asked.namespace:
        return False
    joined = answer.type is Type.CONNECT and "sid" in (answer.data or {})
    return joined or answer.type is Type.CONNECT_ERROR


def _alone(said: str | bytes) -> Packet | None:
    decoder = packet.Decoder() if isinstance(said, str) else msgpack_parser.Decoder()
    return _judged(said, decoder)[0]


def item_name(kind: Type, index: int) -> str:
    """What an item of the data is called: "event name", "argument 1"; "value 1" of an answer."""
    if kind in (Type.ACK, Type.BINARY_ACK):
        return f"value {index + 1}"
    return f"argument {index}" if index else "event name"


def _places(header: Packet) -> dict[int, list[str]]:
    """Where the placeholders of a header stand: "argument 1", "argument 2["photo"]"."""
    found: dict[int, list[str]] = {}

    def search(value: Any, where: str) -> Iterator[tuple[int, str]]:
        if isinstance(value, dict):
            if value.get("_placeholder") is True and type(value.get("num")) is int:
                yield value["num"], where
            for name, item in value.items():
                yield from search(item, f'{where}["{name}"]')
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from search(item, f"{where}[{index}]")

    try:
        for index, item in enumerate(header.data):
            for number, where in search(item, item_name(header.type, index)):
                found.setdefault(number, []).append(where)
    except RecursionError:
        pass  # the decoder says so when the attachments have come
    return found
