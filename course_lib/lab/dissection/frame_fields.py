"""The fields of a WebSocket frame, each with its bytes or bits.           RFC 6455 §5.2

Lesson 04 on.  Builds on: `wire.websocket.frames`, `wire.websocket.masking`, `messages`.
Used by: `websocket_fields`, `websocket_side`, `figures.frame_bits`.

    bit    0   1   2   3   4 5 6 7   0    1 2 3 4 5 6 7
          FIN RSV RSV RSV  opcode   MASK     length      | extended | key | payload
                1   2   3                                | length   |     |
          ------ byte 0 ---------   ------ byte 1 -------

New here: seven fields share two bytes.  Bits tile their byte as fields tile a message, so nothing
is left out there, either.  The second byte alone says where the bytes after it lie, even if it is
wrong.
Left out: judging (the wire does it), and the meaning of the payload (the caller gives it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...wire.websocket import frames, masking
from . import messages
from .messages import Field

WEBSOCKET = "websocket"
SPEC = "RFC 6455 §5.2"
HEX = 40  # bytes of a value in hexadecimal digits

KINDS = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
OPCODES = {
    0: ("The message that began before goes on.", "RFC 6455 §5.4"),
    1: ("A message of UTF-8 text begins.", "RFC 6455 §5.6"),
    2: ("A message of bytes begins.", "RFC 6455 §5.6"),
    8: ("Goodbye: after it nothing comes from this side.", "RFC 6455 §5.5.1"),
    9: ("Asks for a sign of life: a pong with the same payload.", "RFC 6455 §5.5.2"),
    10: ("Answers a ping.", "RFC 6455 §5.5.3"),
}

Inside = Callable[[bytes], list[Field]]  # the payload, unmasked -> its fields, from 0 on


@dataclass(slots=True)
class Layout:
    """Where the parts of a frame lie, as far as its first bytes say.

    The extended length stands from 2 to `length_stop`, the masking key from there to `body`, the
    payload from there to `end`; `end` is None while the extended length is incomplete.
    """

    masked: bool
    length_stop: int
    body: int
    end: int | None


def layout(data: bytes) -> Layout | None:
    """The layout of the frame that begins here; None while the second byte has not come."""
    if len(data) < 2:
        return None
    masked, short = data[1] >= frames.MASK, data[1] & ~frames.MASK
    stop = 2 + {126: 2, 127: 8}.get(short, 0)
    body = stop + 4 if masked else stop
    if len(data) < stop:
        return Layout(masked, stop, body, None)
    size = int.from_bytes(data[2:stop], "big") if stop > 2 else short
    return Layout(masked, stop, body, body + size)


def kind(opcode: int) -> str:
    """The usual name of an opcode."""
    return KINDS.get(opcode, "reserved")


def fields(data: bytes, inside: Inside | None = None) -> list[Field]:
    """The fields of the one frame that `data` begins with, as far as it is there; they tile it.

    `inside` gives the fields of the payload; without it, the payload has none.
    """
    found = [_first(data[0])] if data else []
    where = layout(data)
    if where is None:
        return found
    found.append(_second(data[1]))
    if where.length_stop > 2 and len(data) > 2:
        found.append(_extended(data[2 : where.length_stop], where.length_stop - 2))
    if where.masked and len(data) > where.length_stop:
        found.append(_key(data[where.length_stop : where.body], where.length_stop))
    stop = len(data) if where.end is None else min(where.end, len(data))
    if stop > where.body and where.end is not None:
        found.append(_payload(data, where, stop, inside))
    return found


def _bit(byte: int, at: int, name: str, bits: tuple[int, int], meaning: str, spec: str) -> Field:
    first, stop = bits
    value = byte >> (8 - stop) & ((1 << (stop - first)) - 1)
    shown = f"{value:0{stop - first}b}"
    return Field(name, at, at + 1, shown, meaning, spec, WEBSOCKET, bits=bits)


def _whole_byte(name: str, byte: int, at: int, children: list[Field]) -> Field:
    """A byte that several fields share: its value in bits, its meaning from theirs."""
    told = ", ".join(f"{one.name} {one.value}" for one in children)
    bits = f"{byte:08b}"
    value = f"{bits[:4]} {bits[4:]}"
    meaning = f"Its bits: {told}."
    return Field(name, at, at + 1, value, meaning, SPEC, WEBSOCKET, children)


def _first(byte: int) -> Field:
    opcode = byte & 0x0F
    meaning, spec = OPCODES.get(opcode, ("Reserved: nobody has said what it means.", SPEC))
    last = "The last frame of its message, perhaps the only one."
    fin = last if byte & frames.FIN else "More frames of this message follow."
    rsv1 = "The message is compressed, if the two ends agreed on that."
    free = "Reserved: 0 until an extension gives it a meaning."
    set_ = "Reserved, and set: an extension must have given it a meaning."
    compressed = (rsv1, "RFC 7692 §6") if byte & frames.RSV1 else (free, SPEC)
    children = [
        _bit(byte, 0, "FIN", (0, 1), fin, "RFC 6455 §5.4"),
        _bit(byte, 0, "RSV1", (1, 2), *compressed),
        _bit(byte, 0, "RSV2", (2, 3), set_ if byte & 0x20 else free, SPEC),
        _bit(byte, 0, "RSV3", (3, 4), set_ if byte & 0x10 else free, SPEC),
        _bit(byte, 0, "opcode", (4, 8), meaning, spec),
    ]
    children[-1].value += f" = {opcode:#x}, {kind(opcode)}"
    return _whole_byte("first byte", byte, 0, children)


def _second(byte: int) -> Field:
    masked, short = byte >= frames.MASK, byte & ~frames.MASK
    behind = {126: "The next 2 bytes have the length.", 127: "The next 8 bytes have the length."}
    size = f"The payload has {short} byte{'' if short == 1 else 's'}."
    key = "A masking key follows: a client sent it." if masked else "Not masked: a server sent it."
    children = [
        _bit(byte, 1, "MASK", (0, 1), key, "RFC 6455 §5.1"),
        _bit(byte, 1, "length", (1, 8), behind.get(short, size), SPEC),
    ]
    children[-1].value += f" = {short}"
    return _whole_byte("second byte", byte, 1, children)


def _extended(part: bytes, width: int) -> Field:
    name, stop = "extended length", 2 + len(part)
    if len(part) < width:
        meaning = f"{len(part)} of {width} bytes."
        return Field(f"{name}, not whole", 2, stop, part.hex(" "), meaning, SPEC, WEBSOCKET)
    size = int.from_bytes(part, "big")
    meaning = f"The payload has {size:,} bytes; the highest byte of the number comes first."
    return Field(name, 2, stop, f"{size}", meaning, SPEC, WEBSOCKET)


def _key(part: bytes, start: int) -> Field:
    name = "masking key" if len(part) == 4 else "masking key, not whole"
    meaning = "Byte i of the payload is XORed with byte i mod 4 of the key; a new key each time."
    spec, stop = "RFC 6455 §5.3", start + len(part)
    return Field(name, start, stop, part.hex(" "), meaning, spec, WEBSOCKET)


def _payload(data: bytes, where: Layout, stop: int, inside: Inside | None) -> Field:
    """The payload as it travels; if masked, its child is the unmasked payload; in it, `inside`."""
    body, part, rest = where.body, data[where.body : stop], (where.end or stop) - stop
    name = "payload, not whole" if rest else "payload"
    size = f"{len(part):,} byte{'' if len(part) == 1 else 's'}"
    meaning = f"{size}, {rest:,} more to come." if rest else f"{size}, as the length says."
    plain = part
    if where.masked:
        key = data[where.length_stop : body]
        plain = masking.mask(part, key)
        name, meaning = f"masked {name}", f"{size} XORed with the key{_to_come(rest)}."
    field = Field(name, body, stop, _hex(part), meaning, SPEC, WEBSOCKET)
    children = [] if inside is None else [one.shifted(body) for one in inside(plain)]
    if not where.masked:
        if not children:
            field.value = messages.preview(part)
        field.children = children
        return field
    value = _hex(plain) if children else messages.preview(plain)
    meaning = "The same XOR once more gives back what was masked."
    unmasked = Field("unmasked", body, stop, value, meaning, "RFC 6455 §5.3", WEBSOCKET, children)
    unmasked.octet = _xor(data, body, key)
    field.children = [unmasked]
    return field


def _to_come(rest: int) -> str:
    return f", {rest:,} more to come" if rest else ""


def _xor(data: bytes, body: int, key: bytes) -> Callable[[int], str]:
    def octet(offset: int) -> str:
        turn = (offset - body) % 4
        byte = data[offset] ^ key[turn]
        shown = f', "{chr(byte)}"' if 0x20 < byte < 0x7F else ""
        return f"XOR byte {turn} of the key, {key[turn]:02x}, it is {byte:02x}{shown}"

    return octet


def _hex(data: bytes) -> str:
    return data[:HEX].hex(" ") + (" …" if len(data) > HEX else "")
