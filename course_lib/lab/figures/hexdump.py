"""Bytes as they are: offset, hexadecimal, text.

All lessons.  Builds on: `markup`.

    00000000  81 09 ec 95 88 eb 85 95 21                       |..안_녕_!|
              a  b  c  c  c  c  c  c  c
      a  0       FIN, opcode
      b  1       length
      c  2-8     payload

New here: the text column decodes UTF-8.  A character stands where its first byte is and takes as
many columns as it has bytes (the rest is `_`), so Hangul and emoji do not shift the column.  A
character that a screen cannot show safely (control, combining mark, right-to-left) is a dot.
Left out: colour as the only mark; each marked byte has its letter underneath.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...errors import LocalError
from .markup import Shown, columns_of, escape, heading, pre

Mark = tuple[str, int, int]
"""(name, start, end): the bytes from start up to, not including, end."""

LETTERS = string.ascii_lowercase
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#D55E00", "#CC79A7", "#0072B2")


def hexdump(
    data: bytes | bytearray | memoryview | str,
    width: int = 16,
    marks: Sequence[Mark] = (),
    *,
    limit: int = 1024,
) -> Shown:
    """The bytes, `width` on a line, with the fields named in `marks` underlined and lettered.

    A str is shown as its UTF-8 bytes.  Beyond `limit` bytes only the number of the rest is shown.

        show.hexdump(answer, marks=[("status line", 0, 17)])
    """
    octets = data.encode() if isinstance(data, str) else bytes(data)
    _check(len(octets), width, marks)
    text: list[str] = []
    html: list[str] = []
    for row in _rows(octets, range(0, min(len(octets), limit), width), width):
        owners = [_owner(marks, row.offset + i) for i in range(len(row.hex))]
        text.append(f"{row.offset:08x}  {row.line(width)}")
        html.append(f"{row.offset:08x}  {_coloured(row, owners, width)}")
        if any(owner is not None for owner in owners):
            letters = " ".join(" " if o is None else LETTERS[o] + " " for o in owners)
            under = f"{'':8}  {letters}".rstrip()
            text.append(under)
            html.append(escape(under))
    if len(octets) > limit:
        shown = -(-limit // width) * width
        text.append(f"… and {len(octets) - shown:,} more bytes")
        html.append(text[-1])
    if not octets:
        text, html = ["(no bytes)"], ["(no bytes)"]
    legend = [_legend(letter, mark) for letter, mark in zip(LETTERS, marks, strict=False)]
    html += [
        f'<span style="border-left:4px solid {_colour(index)}">{escape(line)}</span>'
        for index, line in enumerate(legend)
    ]
    return Shown("\n".join(text + legend), pre("\n".join(html), f"{len(octets)} bytes"))


def diff(expected: bytes | str, observed: bytes | str, width: int = 16) -> Shown:
    """Where `observed` first differs: the lines around it, and what was expected under them.

    Both bytes or both str (compared as UTF-8): `"7"` is not `b"7"`.
    """
    if isinstance(expected, str) is not isinstance(observed, str):
        raise LocalError("compare bytes with bytes or str with str")
    want = expected.encode() if isinstance(expected, str) else bytes(expected)
    have = observed.encode() if isinstance(observed, str) else bytes(observed)
    if want == have:
        return _plain([f"no difference in {len(want):,} bytes"], [])
    shorter = min(len(want), len(have))
    at = next((i for i in range(shorter) if want[i] != have[i]), shorter)
    offset = at - at % width
    before = [max(0, offset - width)] if offset else []
    after = [offset + width] if at - offset >= width // 2 else []
    lines = [f"    same  {row.offset:08x}  {row.line(width)}" for row in _rows(have, before, width)]
    html = [escape(line) for line in lines]
    place = 20 + 3 * (at - offset)
    for name, octets in (("observed", have), ("expected", want)):
        for row in _rows(octets, [offset, *(next for next in after if next < len(octets))], width):
            lines.append(f"{name}  {row.offset:08x}  {row.line(width)}")
            html.append(escape(lines[-1]))
            if row.offset == offset:
                html[-1] = _marked(lines[-1], place) if at < len(octets) else html[-1]
                lines.append(f"{'':{place}}^^")
                html.append(lines[-1])
    return _plain([_verdict(want, have, at), *lines], html)


def _marked(line: str, place: int) -> str:
    """The line as HTML; the two digits at `place` are highlighted."""
    look = "background:#f0e442;color:#111;font-weight:bold"
    byte = f'<mark style="{look}">{line[place : place + 2]}</mark>'
    return escape(line[:place]) + byte + escape(line[place + 2 :])


def _verdict(want: bytes, have: bytes, at: int) -> str:
    if at == len(have):
        return f"observed ends after {at:,} bytes; {len(want) - at:,} more were expected"
    if at == len(want):
        return f"expected ends after {at:,} bytes; observed goes on with {len(have) - at:,} more"
    return f"first difference at byte {at}: observed {have[at]:02x}, expected {want[at]:02x}"


def _plain(lines: list[str], html: list[str]) -> Shown:
    head = lines[0]
    body = pre("\n".join(html), head) if html else ""
    return Shown("\n".join(lines), heading(escape(head)) + body)


@dataclass(slots=True)
class _Row:
    offset: int
    hex: list[str]
    gutter: list[str]  # one for each byte; together as many columns as there are bytes

    def line(self, width: int) -> str:
        return f"{' '.join(self.hex):<{width * 3 - 1}}  |{''.join(self.gutter)}|"


def _rows(octets: bytes, offsets: Sequence[int], width: int) -> Iterator[_Row]:
    for offset in offsets:
        chunk = octets[offset : offset + width]
        yield _Row(offset, [f"{octet:02x}" for octet in chunk], gutter(octets, offset, len(chunk)))


def gutter(octets: bytes, offset: int, count: int) -> list[str]:
    """A cell for each of `count` bytes.  A wide character's second column replaces one `_`."""
    cells = ["."] * count
    index = -next((n for n in range(4) if _character(octets, offset - n, n)), 0)
    while index < count:
        char, length = _decoded(octets, offset + index)
        fits = index >= 0 and index + columns_of(char) <= count
        for filler in range(max(index, 0), min(index + length, count)):
            cells[filler] = "_" if length > 1 else char
        if fits:
            cells[index] = char
            if columns_of(char) == 2:
                cells[index + 1] = ""
        index += length
    return cells


def _character(octets: bytes, start: int, reach: int) -> bool:
    """Whether a character of several bytes starts `reach` bytes back and covers this one."""
    inside = 0 <= start < len(octets)  # the shorter of two byte strings may end before this row
    return inside and reach > 0 and _decoded(octets, start)[1] > reach


def _decoded(octets: bytes, at: int) -> tuple[str, int]:
    """The character whose first byte is at `at` and its length; a dot for what cannot be shown."""
    for length in range(1, 5):
        try:
            char = octets[at : at + length].decode()
        except UnicodeDecodeError:
            continue
        right_to_left = unicodedata.bidirectional(char) in ("R", "AL")
        safe = char.isprintable() and columns_of(char) and not right_to_left
        return (char if safe else "."), length
    return ".", 1


def _coloured(row: _Row, owners: list[int | None], width: int) -> str:
    """The same as `_Row.line`, with a border under each marked byte in the colour of its mark."""

    def paint(text: str, owner: int | None) -> str:
        if owner is None or not text:
            return escape(text)
        return f'<span style="border-bottom:3px solid {_colour(owner)}">{escape(text)}</span>'

    hexes = " ".join(paint(text, owner) for text, owner in zip(row.hex, owners, strict=True))
    gutter = "".join(paint(text, owner) for text, owner in zip(row.gutter, owners, strict=True))
    return f"{hexes}{'   ' * (width - len(row.hex))}  |{gutter}|"


def _owner(marks: Sequence[Mark], at: int) -> int | None:
    """The last mark that covers the byte: a field inside a field is named later."""
    found = [index for index, (_, start, end) in enumerate(marks) if start <= at < end]
    return found[-1] if found else None


def _legend(letter: str, mark: Mark) -> str:
    name, start, end = mark
    where = f"{start}" if end - start == 1 else f"{start}-{end - 1}" if end > start else "none"
    return f"  {letter}  {where:<9} {name}"


def _colour(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _check(length: int, width: int, marks: Sequence[Mark]) -> None:
    if width < 1:
        raise LocalError(f"a line has at least one byte, not {width}")
    if len(marks) > len(LETTERS):
        raise LocalError(f"{len(marks)} marks; there are {len(LETTERS)} letters")
    for name, start, end in marks:
        if not 0 <= start <= end <= length:
            raise LocalError(f"mark {name!r} is from {start} to {end}; there are {length} bytes")
