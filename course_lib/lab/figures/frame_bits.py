"""One WebSocket frame, bit by bit.                                        RFC 6455 §5.2

Lesson 04 on.  Builds on: `dissection.frame_fields`, `wire.websocket.frames`,
`wire.websocket.closing`, `wire.websocket.masking`, `markup`, `hexdump`.  Used by: `lab.show`.

    byte 0      1 . . . . . . .   FIN            1
                . . . . 0 0 0 1   opcode         0x1, text
    bytes 2-5   37 fa 21 3d       masking key
    bytes 6-10  7f 9f 4d 51 58    masked payload
                37 fa 21 3d 37    XOR key
                48 65 6c 6c 6f    payload        "Hello"

New here: the picture of the standard, filled with the bits of this frame.  What the wire would
refuse is drawn as well, with the words of the refusal.
Left out: fragments and compression, which need the frames around this one; see the inspector.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...errors import LocalError, RemoteError
from ...wire.websocket import closing, frames, masking
from ...wire.websocket.frames import Opcode
from ..dissection import frame_fields
from ..dissection.messages import Field
from .hexdump import PALETTE
from .markup import FAINT, LINE, MONO, Shown, columns_of, escape, heading

ROW, ROWS = 8, 2  # bytes in a line; lines of a payload
READS = 28  # columns of what a payload says
NO_LIMIT = 1 << 63
Line = tuple[str, str, str, str]  # place, bits or bytes, name, what it reads


def frame(data: bytes | bytearray, *, key_hidden: bool = False) -> Shown:
    """The frame that `data` begins with: its two first bytes as bits, then the rest as bytes.

    `key_hidden` puts ?? for the masking key and for what only the key could tell.  LocalError
    for empty `data`.

        show.frame(frames.encode(Frame(Opcode.TEXT, b"Hello"), key))
    """
    octets = bytes(data)
    if not octets:
        raise LocalError("a frame has two bytes at least, and here is none")
    where = frame_fields.layout(octets)
    stop = len(octets) if where is None or where.end is None else min(where.end, len(octets))
    one, more = octets[:stop], len(octets) - stop
    found = frame_fields.fields(one)
    title, note = _title(one, found, where), _note(one, where)
    lines = [*_bit_lines(found), *_byte_lines(one, found, key_hidden)]
    notes = [note] if note else []
    if more:
        notes.append(f"{more:,} more byte{'' if more == 1 else 's'} after this frame")
    text = [title, *(_line(*line) for line in lines), *notes]
    return Shown("\n".join(text), _page(title, found, lines, notes))


def _title(data: bytes, found: Sequence[Field], where: frame_fields.Layout | None) -> str:
    """The kind, the flags and the size of a frame, in a line."""
    parts = [f"{frame_fields.kind(data[0] & 0x0F)} frame"]
    if not data[0] & frames.FIN:
        parts.append("more to follow")
    if where is not None:
        parts.append("masked" if where.masked else "not masked")
    return ", ".join([*parts, f"{len(data):,} byte{'' if len(data) == 1 else 's'}"])


def _note(data: bytes, where: frame_fields.Layout | None) -> str:
    """Why the wire would refuse the frame, or what it lacks; "" if the wire would take it."""
    masked = where is not None and where.masked
    try:
        head = frames.read_header(data, masked=masked, limit=NO_LIMIT, rsv1=True)
    except RemoteError as error:
        return f"refused: {error} (close code {error.code})"
    if head is None:
        return "not whole: more bytes of the header are to come"
    missing = head.end - len(data)
    return f"not whole: {missing:,} more of the payload to come" if missing > 0 else ""


def _bit_lines(found: Sequence[Field]) -> Iterator[Line]:
    for byte in found:
        for index, one in enumerate(byte.children if byte.in_bits else ()):
            assert one.bits is not None
            first, stop = one.bits
            bits = one.value[: stop - first]
            shown = ["."] * first + [*bits] + ["."] * (8 - stop)
            reads = one.value.partition(" = ")[2] or bits
            yield f"byte {byte.start}" if index == 0 else "", " ".join(shown), one.name, reads


def _byte_lines(data: bytes, found: Sequence[Field], hidden: bool) -> Iterator[Line]:
    key: bytes | None = None
    for one in found:
        part = data[one.start : one.stop]
        if one.in_bits:
            continue
        if one.name.startswith("masking key"):
            key = part
            yield _place(one.start, one.stop), _hex(part, hidden), one.name, ""
        elif one.name.startswith("extended"):
            yield _place(one.start, one.stop), part.hex(" "), one.name, one.value
        elif key is None:
            yield from _rows(one, [(part, False, one.name, _reads(data[0], part))])
        else:
            pad = (key * (len(part) // 4 + 1))[: len(part)]
            plain = masking.mask(part, key)
            reads = "" if hidden else _reads(data[0], plain)
            layers = [(part, False, one.name, ""), (pad, hidden, "XOR key", "")]
            yield from _rows(one, [*layers, (plain, hidden, "payload", reads)])


def _reads(first: int, payload: bytes) -> str:
    """What a payload says, if that is text or a close code."""
    if first & 0x0F == Opcode.CLOSE:
        try:
            code, reason = closing.decode(payload)
        except RemoteError as error:
            return _cut(str(error).removeprefix("a close "))
        return f'{code} "{_cut(reason, READS - 7)}"' if reason else f"{code}"
    try:
        text = payload[: 4 * READS].decode()
    except UnicodeDecodeError:
        return ""
    if not text.isprintable():
        return ""
    return f'"{_cut(text)}"'


def _cut(text: str, most: int = READS) -> str:
    """As much of a text as fits; a letter may be two columns wide."""
    return text if columns_of(text) <= most else f"{text[: most // 2]}…"


def _rows(one: Field, layers: Sequence[tuple[bytes, bool, str, str]]) -> Iterator[Line]:
    """Some bytes in lines of `ROW`; each layer under the other."""
    size = one.stop - one.start
    for start in range(0, min(size, ROW * ROWS), ROW):
        stop = min(start + ROW, size)
        for index, (part, hidden, name, reads) in enumerate(layers):
            where = _place(one.start + start, one.start + stop) if index == 0 else ""
            first = start == 0
            yield where, _hex(part[start:stop], hidden), name if first else "", reads * first
    if size > ROW * ROWS:
        more = size - ROW * ROWS
        yield "", "…", "", f"and {more:,} more byte{'' if more == 1 else 's'}"


def _place(start: int, stop: int) -> str:
    return f"byte {start}" if stop == start + 1 else f"bytes {start}-{stop - 1}"


def _hex(part: bytes, hidden: bool) -> str:
    return " ".join("??" for _ in part) if hidden else part.hex(" ")


def _line(place: str, bits: str, name: str, reads: str) -> str:
    padded = name + " " * max(0, 16 - columns_of(name))
    return f"{place:<13}{bits:<25}{padded} {reads}".rstrip()


# --- HTML

TABLE = "border-collapse:collapse;border-spacing:0"
CELL = f"text-align:center;padding:1px 7px;border:1px solid {LINE}"
LEFT = f"text-align:left;padding:1px 9px;border:1px solid {LINE}"


def _page(title: str, found: Sequence[Field], lines: Sequence[Line], notes: Sequence[str]) -> str:
    """The bits as the standard draws them, and a table of the bytes after them."""
    rest = [line for line in lines if ". " not in line[1] and " ." not in line[1]]
    body = "".join(
        f'<tr><td style="{LEFT}">{escape(place)}</td>'
        f'<td style="{LEFT};{MONO}">{escape(bits)}</td>'
        f'<td style="{LEFT}">{escape(name)}</td><td style="{LEFT}">{escape(reads)}</td></tr>'
        for place, bits, name, reads in rest
    )
    head = "".join(
        f'<th scope="col" style="{LEFT}">{name}</th>'
        for name in ("where", "bytes", "field", "reads")
    )
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    behind = f'<table style="{TABLE};margin-top:6px">{inner}</table>' if rest else ""
    said = "".join(f'<p style="margin:4px 0">{escape(note)}</p>' for note in notes)
    return (
        f'<figure style="margin:4px 0;overflow-x:auto" aria-label="{escape(_alt(title, lines))}">'
        f"{heading(escape(title))}{_bit_table(found)}{behind}{said}</figure>"
    )


def _alt(title: str, lines: Sequence[Line]) -> str:
    told = "; ".join(f"{name} {reads}".strip() for _, _, name, reads in lines if name)
    return f"{title}: {told}."


def _bit_table(found: Sequence[Field]) -> str:
    shared = [one for one in found if one.in_bits]
    tops, numbers, bits, names = [], [], [], []
    colour = 0
    for byte in shared:
        tops.append(f'<th scope="colgroup" colspan="8" style="{CELL}">byte {byte.start}</th>')
        for one in byte.children:
            assert one.bits is not None
            first, stop = one.bits
            line = f"{CELL};border-bottom:3px solid {PALETTE[colour % len(PALETTE)]}"
            colour += 1
            for at in range(first, stop):
                numbers.append(f'<td style="{CELL};{FAINT}">{at}</td>')
                bits.append(f'<td style="{line};{MONO}">{one.value[at - first]}</td>')
            reads = one.value.partition(" = ")[2]
            text = f"{escape(one.name)}<br>{escape(reads)}" if reads else escape(one.name)
            names.append(f'<td colspan="{stop - first}" style="{CELL}">{text}</td>')
    rows = [
        f'<tr><th scope="row" style="{LEFT}">{name}</th>{"".join(cells)}</tr>'
        for name, cells in (("bit", numbers), ("value", bits), ("field", names))
    ]
    top = f'<tr><td style="{LEFT}"></td>{"".join(tops)}</tr>'
    return f'<table style="{TABLE}"><thead>{top}</thead><tbody>{"".join(rows)}</tbody></table>'
