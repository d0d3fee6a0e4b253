"""The msgpack parser: each packet is one message of bytes.           socket.io-msgpack-parser 3.0.2

    {"type": 2, "data": ["say", "hi"], "nsp": "/", "id": 7}    as msgpack, in a binary message

    a text        no packet
    types 5, 6    no packet: bytes stand where they are, so there are no attachments
    "options"     a JavaScript client adds it; it means nothing here

Lesson 09.  Builds on: `msgpack`, `packet`.  Used by: whoever gives it as `parser`.
New here: another parser changes neither the server nor the client, only the bytes between them.
Left out: an agreement.  Both ends must be told to use it.
"""

from __future__ import annotations

from typing import Any

from ...errors import RemoteError
from . import msgpack
from .json_text import PARSE_ERROR
from .packet import MAX_ID, Packet, Type, check

NUMBERS = {Type.CONNECT: 0, Type.DISCONNECT: 1, Type.EVENT: 2, Type.ACK: 3, Type.CONNECT_ERROR: 4}
TYPES = {number: kind for kind, number in NUMBERS.items()}


class Parser:
    """`Server(parser=Parser())` and `Client(url, parser=Parser())`."""

    __slots__ = ()

    def encode(self, packet: Packet) -> list[str | bytes]:
        """The message of a packet.  Raises LocalError for what msgpack does not have."""
        # The order is that of JavaScript's server, though a map has none.
        fields: dict[str, Any] = {"id": packet.id} if packet.type is Type.ACK else {}
        fields["type"] = NUMBERS[packet.type]
        if packet.data is not None:  # absent, not nil: JavaScript's parser tells them apart
            fields["data"] = packet.data
        if packet.id is not None and packet.type is not Type.ACK:
            fields["id"] = packet.id
        fields["nsp"] = packet.namespace
        return [msgpack.encode(fields, msgpack.NOTEPACK_2)]

    def decoder(self) -> Decoder:
        """A decoder, which remembers nothing."""
        return Decoder()


class Decoder:
    """Makes a packet of each message."""

    __slots__ = ()

    partial: Packet | None = None  # attachments do not exist here

    def add(self, message: str | bytes) -> Packet | None:
        """A message came.  Raises RemoteError for what is no packet."""
        if isinstance(message, str):
            raise RemoteError("a text, where msgpack is bytes", PARSE_ERROR)
        fields = msgpack.decode(message, msgpack.NOTEPACK_2)
        if not isinstance(fields, dict):
            raise RemoteError("a packet that is no map", PARSE_ERROR)
        number, namespace, id = fields.get("type"), fields.get("nsp"), fields.get("id")
        kind = TYPES.get(number) if type(number) is int else None
        if kind is None:
            raise RemoteError(f"there is no packet of type {number!r:.40}", PARSE_ERROR)
        if not isinstance(namespace, str):
            raise RemoteError("a packet without a namespace", PARSE_ERROR)
        if id is not None and not (type(id) is int and 0 <= id < 10**MAX_ID):
            raise RemoteError(f"an id that is {id!r:.40}", PARSE_ERROR)
        packet = Packet(kind, fields.get("data"), namespace, id)
        check(packet)
        return packet
