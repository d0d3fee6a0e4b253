"""A message taken apart for a screen: rows of bytes, a tree of fields, and what a byte means.

Lessons 00 and 01 on.  Builds on: `dissection.messages`, `figures.hexdump`.
Used by: `choice`, `view`.

    leaf     0.2    request line / target     bytes 4-23
    bytes    00000010  73 3f 73 69 ...        from a multiple of 16 on, at most `BYTES` of them
    byte 4   "Byte 4 is 2f, "/". It belongs to: request line / target. ..."

New here: a field is named by where it is in the tree ("0.2" is the third child of the first), since
a message may have many header lines.  Screen and screen reader get the same sentences, made here.
Left out: finding the fields; the layers in `dissection` do that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import LocalError
from ..dissection import engineio, messages, socketio
from ..dissection.messages import Field, Message
from ..figures import hexdump
from ..figures.diagram import lasted

WIDTH = 16  # bytes in a row
BYTES = 1024  # shown at once
FIELDS = 400  # rows of a tree
BITS = 8  # bytes shown bit by bit
PARTS = 8  # message numbers that a sentence lists
NAMES = 4  # names of fields that a question offers


def leaves(message: Message) -> Iterator[tuple[str, int, Field]]:
    """(id, level, field) of all fields, outer ones before those inside them."""

    def below(fields: list[Field], prefix: str, level: int) -> Iterator[tuple[str, int, Field]]:
        for index, one in enumerate(fields):
            yield f"{prefix}{index}", level, one
            yield from below(one.children, f"{prefix}{index}.", level + 1)

    return below(message.fields, "", 1)


def tree(message: Message) -> list[dict[str, Any]]:
    """One row for each field, as far as there is room."""
    rows: list[dict[str, Any]] = []
    for id_, level, one in leaves(message):
        if len(rows) == FIELDS:
            break
        rows.append(
            {
                "id": id_,
                "level": level,
                "name": one.name,
                "value": messages.preview(one.value.encode(), 60),
                "start": one.start,
                "stop": one.stop,
                "where": one.place,
                "parent": bool(one.children),
                "layer": one.layer,
            }
        )
    return rows


def path_of(message: Message, id_: str) -> list[Field]:
    """The field with this id, or the first with this name, as a path: outer fields come first.

    LocalError if there is none.
    """
    wanted = next((key for key, _, one in leaves(message) if id_ in (key, one.name)), None)
    if wanted is None:
        names = ", ".join(dict.fromkeys(one.name for _, _, one in leaves(message)))
        raise LocalError(f"message {message.number} has no field {id_!r}; it has {names}")
    level, path = message.fields, []
    for index in wanted.split("."):
        path.append(level[int(index)])
        level = path[-1].children
    return path


def id_of(message: Message, path: list[Field]) -> str:
    """The id of the last field of a path."""
    level, found = message.fields, []
    for one in path:
        found.append(str(next(i for i, each in enumerate(level) if each is one)))
        level = one.children
    return ".".join(found)


def rows_of_bytes(message: Message, around: int = 0) -> list[dict[str, Any]]:
    """Rows of at most `WIDTH` bytes: the block of `BYTES` bytes that holds the one at `around`."""
    first = around - around % BYTES
    rows = []
    for start in range(first, min(len(message.data), first + BYTES), WIDTH):
        part = message.data[start : start + WIDTH]
        text = hexdump.gutter(message.data, start, len(part))
        rows.append({"offset": start, "hex": [f"{octet:02x}" for octet in part], "text": text})
    return rows


def rows_of_bits(message: Message) -> list[dict[str, Any]]:
    """The bytes that several fields share, at most `BITS` of them: bits, and the field of each."""
    rows: list[dict[str, Any]] = []
    for id_, _, byte in leaves(message):
        if byte.in_bits and len(rows) < BITS:
            names = [
                {
                    "id": f"{id_}.{index}",
                    "name": one.name,
                    "bits": one.bits,
                    "reads": one.value.partition(" = ")[2],
                }
                for index, one in enumerate(byte.children)
            ]
            octet = message.data[byte.start]
            rows.append({"at": byte.start, "bits": f"{octet:08b}", "fields": names})
    return rows


# --- words


def about_message(message: Message) -> str:
    """A message in words, and how long it was on the way."""
    ways = "client to server" if message.direction == "up" else "server to client"
    size = f"{message.size:,} byte{'' if message.size == 1 else 's'}"
    parts = [f"Message {message.number}, {ways}: {message.title} ({message.look}, {size})."]
    if engineio.payload(message) is not None:
        parts.append(f"Engine.IO: {engineio.said(message)}.")
    if packets := socketio.about(message):
        parts.append(f"Socket.IO: {packets}")
    if message.answers is not None:
        parts.append(f"It answers message {message.answers.number}.")
    if len(message.parts) > 1:
        others = [one.number for one in message.parts if one is not message]
        shown = ", ".join(f"{number}" for number in others[:PARTS])
        more = f" and {len(others) - PARTS:,} more" if len(others) > PARTS else ""
        parts.append(f"It is one message with {shown}{more}.")
    if message.delay is not None:
        parts.append(f"It was on the way for {lasted(message.delay)}.")
    if message.note:
        parts.append(f"{message.note[:1].upper()}{message.note[1:]}.")
    return " ".join(parts)


def about_byte(message: Message, offset: int) -> str:
    """The value of a byte, and what it means."""
    path = message.path(offset)
    more = next((one.octet(offset) for one in reversed(path) if one.octet is not None), "")
    lost = message.arrived_bytes is not None and offset >= message.arrived_bytes
    fate = " It has not arrived." if lost else ""
    said = f"{_byte(message, offset)}{'; ' if more else ''}{more}"
    return f"{said}.{fate} It belongs to: {about(path)}"


def about_bit(message: Message, offset: int, bit: int) -> str:
    """The value of one bit of a byte, and what it means."""
    value = message.data[offset] >> (7 - bit) & 1
    path = message.path(offset, bit)
    return f"Bit {bit} of byte {offset} is {value}. It belongs to: {about(path)}"


def about(path: list[Field]) -> str:
    """What the last field of a path says, and the section of the standard."""
    if not path:
        return "no field."
    last, names = path[-1], " / ".join(one.name for one in path)
    parts = [f"{names} ({last.place})."]
    if last.value:
        parts.append(f"It reads: {last.value}{'' if last.value.endswith('.') else '.'}")
    told = next((one for one in reversed(path) if one.meaning), None)
    if told is not None:
        parts.append(told.meaning)
    spec = next((one.spec for one in reversed(path) if one.spec), "")
    return " ".join(parts) + (f" ({spec})" if spec else "")


def question(message: Message, offset: int) -> tuple[str, list[str]]:
    """The question which field a byte is in, and names to choose from, one of which is right.

    The names are in the order of the message; "" and [] where there is no choice.
    """
    right = message.path(offset)[-1:]
    names = list(dict.fromkeys(one.name for _, _, one in leaves(message) if _is_leaf(one)))
    if not right or len(names) < 2:
        return "", []
    at = names.index(right[0].name)
    first = max(0, min(at - offset % NAMES, len(names) - NAMES))  # right may be any of them
    return f"{_byte(message, offset)}. Which field is it in?", names[first : first + NAMES]


def _is_leaf(one: Field) -> bool:
    """Whether it is an innermost field of whole bytes."""
    return one.bits is None and (one.in_bits or not one.children)


def _byte(message: Message, offset: int) -> str:
    octet = message.data[offset]
    shown = f', "{chr(octet)}"' if 0x20 < octet < 0x7F else ""
    return f"Byte {offset} is {octet:02x}{shown}"
