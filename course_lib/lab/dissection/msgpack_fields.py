"""The fields of a Socket.IO packet in msgpack, each with its bytes.      socket.io-msgpack-parser 3

Lesson 09.  Builds on: `socketio_fields`, `wire.socketio.msgpack`.  Used by: `socketio`.

    84  a4 type 02  a4 data 92 a3 say a2 hi  a3 nsp a1 /  a2 id 07
    |   |  type  |  |  | |  | name | arg. 1|  namespace   |  id  |
    a map of 4         data

New here: fields inside of values of msgpack, where each value says how long it is.
Left out: base64: in a payload of polling a packet in msgpack is one field.
"""

from __future__ import annotations

from typing import Any

from ...wire.socketio import msgpack, msgpack_parser
from . import socketio_fields
from .messages import Field
from .socketio_fields import leaf, shown
from .socketio_packets import Spoken, item_name

NAMES = {"nsp": "namespace"}
KEY = "The name of a member, in msgpack."


def packet(one: Spoken, size: int) -> Field:
    """A packet of the msgpack parser, in `size` bytes where it is: in base64 more than its own."""
    said, carried = one.packet, one.carried
    assert said is not None and isinstance(carried, bytes)
    kind = socketio_fields.meaning_of(one, said.type)
    meaning = f"In msgpack: {said.type.name}: {kind}"
    name = socketio_fields.packet_name(said.type)
    whole = leaf(name, 0, size, "" if said.data is None else shown(said.data), meaning)
    if size == len(carried):
        whole.children = [*_members(one, carried)]
    return whole


def _read(data: bytes, at: int) -> tuple[Any, int]:
    """The value that begins at `at`, and the place after it."""
    return msgpack.READERS[data[at]](data, at + 1, msgpack.NOTEPACK_2, msgpack.MAX_DEPTH)


def _head(data: bytes, short: int, wide: dict[int, int]) -> int:
    """The bytes of the head of an array or a map, whose first byte is `short` to `short` + 15."""
    return 1 if short <= data[0] < short + 16 else 1 + wide[data[0]]


def _members(one: Spoken, data: bytes) -> list[Field]:
    at = _head(data, 0x80, {0xDE: 2, 0xDF: 4})
    found = [leaf("map", 0, at, data[:at].hex(" "), "The head of a map: how many members follow.")]
    while at < len(data):
        name, start = _read(data, at)
        value, stop = _read(data, start)
        field = _member(one, f"{name}", value)
        field.start, field.stop = at, stop
        inner = leaf("value", start, stop, shown(value), field.meaning)
        if name == "data" and isinstance(value, list):
            inner.children = [each.shifted(start) for each in _items(one, data[start:stop])]
        field.children = [leaf("key", at, start, f"{name}", KEY), inner]
        found.append(field)
        at = stop
    return found


def _member(one: Spoken, name: str, value: object) -> Field:
    said = one.packet
    assert said is not None
    meaning = "Means nothing here."
    if name == "type":
        number = msgpack_parser.NUMBERS[said.type]
        meaning = f"{number} is {said.type.name}: {socketio_fields.meaning_of(one, said.type)}"
    elif name == "nsp":
        meaning = "The namespace: one connection has several."
    elif name == "id" and value is not None:
        meaning = socketio_fields.id_meaning(one)
    elif name == "data":
        meaning = "Bytes stand where they are: there are no attachments."
    return leaf(NAMES.get(name, name), 0, 0, shown(value), meaning)


def _items(one: Spoken, data: bytes) -> list[Field]:
    assert one.packet is not None
    at = _head(data, 0x90, {0xDC: 2, 0xDD: 4})
    found = [leaf("array", 0, at, data[:at].hex(" "), "The head of an array: how many items.")]
    while at < len(data):
        value, stop = _read(data, at)
        name = item_name(one.packet.type, len(found) - 1)
        found.append(leaf(name, at, stop, shown(value), socketio_fields.item_meaning(name)))
        at = stop
    return found
