"""Values in a verdict: as Python writes them, bytes of text as text, and never too long.

    shown("점심 👋".encode())       '점심 👋'.encode()                12 bytes would be 48 signs
    shown(b"\\x81\\x06" + hangul)     b'\\x81\\x06' + '안녕'.encode()
    shown("a" * 5000, 40)          'aaaaaaaaa' … 'aaaa' (5,000 characters)
    shown([…, "x", …], 40, beside=[…, "y", …])      […, 'c', 'x', 'd', …] (990 items)

    told("f(2)", 6)                f(2) gave 6
    told("f(2)", Raised(…))        f(2) raised KeyError: 'x' (line 3 in f)

Exercises.  Builds on: sandbox.values.
What is new here: a text that was not cut is an expression, which evaluates to the value.  The work
depends on the length of the text and not on the size of the value, but for finding a difference.
Left out: bytes one under the other, with the first that differs marked; see `byte_diff`.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from .sandbox import values
from .sandbox.values import NotPlain, Raised

LONGEST = 300  # characters of a value that is shown
DEEPEST = 50  # levels of nested containers; more than can pass the pipe
FEW = 8  # a container of so many items shows each of them, cut if it has to be
LINE = 100  # characters of a line that tells a call and its result
_LEAST = 16  # characters below which a part is left out, because a cut one would say nothing
_BITS = 10_000  # Python refuses to write an int of more than 4,300 digits

_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    dict: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
# Neither control characters, nor what does not print, nor (as surrogates) bytes that are no UTF-8.
_TEXT = re.compile(r"[\t\n\r\x20-\x7e\xa1-\ud7ff\uf900-\ufffd\U00010000-\U000e0000]+")
_NAMED = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3\U00010000-\U000e0000]")
_SPEECH = re.compile(r"[\uac00-\ud7a3]{2}|[\U00010000-\U000e0000]")
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")  # another one in each run, and no help
_STRAY = re.compile(r"[\udc80-\udcff]")  # a byte that belongs to no character


class _Nothing:
    """No other value to compare with; None is a value."""


NOTHING = _Nothing()


def shown(value: Any, most: int = LONGEST, *, beside: Any = NOTHING) -> str:
    """The value as a person reads it, in at most `most` characters.

    A longer value is cut in the middle, and its size is told.  With another value of its type
    `beside` it, it is cut around the first difference, so that the two texts show the same part.
    Of an exception, which is no value, the text says so; the lines of its traceback stand below
    and do not count.
    """
    if isinstance(value, Raised):
        return f"no value; it {_raised(value, most)}"
    return _text(value, most, beside)


def told(given: str, value: Any, *, beside: Any = NOTHING) -> str:
    """A call and its result as a sentence: `f(2) gave 6`, `f(2) raised KeyError: 'x'`.

    Without `given`: the value alone, or `it raised KeyError: 'x'`.  The result begins a new line if
    one line would be too long for it.
    """
    if not given:
        return f"it {_raised(value)}" if isinstance(value, Raised) else shown(value, beside=beside)
    result = gave(value, beside=beside)
    given = given.removesuffix("\n")
    line = len(given.rpartition("\n")[2]) + 1 + len(result.partition("\n")[0])
    return f"{given}{' ' if line <= LINE else chr(10)}{result}"


def gave(value: Any, *, beside: Any = NOTHING) -> str:
    """The result of a call, to stand after its text: `gave 7`, or `raised KeyError: 'x'`."""
    return _raised(value) if isinstance(value, Raised) else f"gave {shown(value, beside=beside)}"


def brief(data: bytes, most: int) -> str:
    """The first bytes as `shown` writes them; an ellipsis says that there are more."""
    return _bytes(data) if len(data) <= most else f"{_bytes(data[: _edge(data, most)])}…"


def _raised(error: Raised, most: int = LONGEST) -> str:
    return f"raised {_middle(repr(error), most)}" + (f"\n{error.lines}" if error.lines else "")


def _text(value: Any, room: int, beside: Any = NOTHING, depth: int = 0) -> str:
    """The value in at most `room` characters."""
    whole = _whole(value, room, depth)
    if whole is not None:
        return whole
    kind = type(value)
    if depth > DEEPEST or room < _LEAST:
        text = "…"
    elif kind is str:
        text = _cut(value, room, beside, repr, "characters")
    elif kind in (bytes, bytearray):
        text = _cut(value, room, beside, _bytes, "bytes")
    elif kind in _BRACKETS:
        text = _few(value, room, beside, depth) or _many(value, room, beside, depth)
    else:
        text = _middle(_plain(value), room)
    return text if len(text) <= room else "…"[:room]


def _whole(value: Any, room: int, depth: int = 0) -> str | None:
    """The whole value, or None if that takes more than `room` characters.  Stops when it knows."""
    kind, text = type(value), ""
    if depth > DEEPEST:
        return None
    if kind is str:
        text = repr(value) if len(value) <= room else ""
    elif kind in (bytes, bytearray):
        text = _bytes(value) if len(value) <= 4 * room else ""  # an emoji has four bytes
    elif kind in _BRACKETS:
        text = _items(value, room, depth)
    else:
        text = _plain(value)
    return text if 0 < len(text) <= room else None


def _items(value: Any, room: int, depth: int) -> str:
    """A container with all its items; empty if that takes more than `room` characters."""
    before, after = _brackets(value)
    left, parts = room - len(before) - len(after), []
    if 3 * len(value) - 2 > room:
        return ""
    for entry in _entries(value, room):
        part = _whole_entry(entry, left, depth)
        if part is None:
            return ""
        parts.append(part)
        left -= len(part) + 2
    return f"{before}{', '.join(parts)}{after}"


def _few(value: Any, room: int, beside: Any, depth: int) -> str:
    """A container with each item: long ones are cut, and share what the short ones leave.

    Empty if there are too many for that.
    """
    if len(value) > FEW:
        return ""
    before, after = _brackets(value)
    left = room - len(before) - len(after) - 2 * (len(value) - 1)
    entries, parts = dict(enumerate(_entries(value, FEW))), dict[int, str]()
    while len(parts) < len(entries):
        share = left // (len(entries) - len(parts))
        found = {
            n: text
            for n, entry in entries.items()
            if n not in parts and (text := _whole_entry(entry, share, depth)) is not None
        }
        if not found:
            break
        parts |= found
        left -= sum(map(len, found.values()))
    long = [n for n in entries if n not in parts]
    if long and left // len(long) < _LEAST:
        return ""
    for n in long:
        other = _partner(beside, value, n, entries[n])
        parts[n] = _entry(entries[n], left // len(long), other, depth)
    return f"{before}{', '.join(parts[n] for n in entries)}{after}"


def _many(value: Any, room: int, beside: Any, depth: int) -> str:
    """Some of a container's items: the first and the last, or those around the first difference."""
    before, after = _brackets(value)
    after += f" ({len(value):,} {'entries' if type(value) is dict else 'items'})"
    at = _first_item(value, beside)
    start = max(0, at - 1) if at is not None else 0
    end = ["…"]
    if at is None and type(value) in (list, tuple):
        end += filter(None, [_whole(value[-1], room // 4, depth + 1)])
    parts = ["…"] if start else []
    left = room - len(before) - len(after) - len(", ".join([*parts, *end])) - 2
    entries = _entries(value, room) if not start else ((item,) for item in value[start:])
    for n, entry in enumerate(entries, start):
        share = left if n == at else left // 2
        text = _whole_entry(entry, left, depth)
        if text is None and share >= _LEAST:
            text = _entry(entry, share, _partner(beside, value, n, entry), depth)
        if text is None:
            break
        parts.append(text)
        left -= len(text) + 2
        if n == len(value) - 1:
            end = []
    return f"{before}{', '.join([*parts, *end])}{after}"


def _entries(value: Any, most: int) -> Iterable[tuple[Any, ...]]:
    """The items of a container, each in a tuple; of a dict: key and value.

    A set's are sorted, so that a text is the same in each process, and may be cut to `most`.
    """
    if type(value) is dict:
        return value.items()
    if type(value) in (set, frozenset):
        value = heapq.nsmallest(most, value, key=repr)
    return ((item,) for item in value)


def _whole_entry(entry: tuple[Any, ...], room: int, depth: int) -> str | None:
    parts: list[str] = []
    for value in entry:
        text = _whole(value, room, depth + 1)
        if text is None:
            return None
        parts.append(text)
        room -= len(text) + 2
    return ": ".join(parts)


def _entry(entry: tuple[Any, ...], room: int, beside: Any, depth: int) -> str:
    *key, value = entry
    name = f"{_text(key[0], room // 3, NOTHING, depth + 1)}: " if key else ""
    return name + _text(value, room - len(name), beside, depth + 1)


def _brackets(value: Any) -> tuple[str, str]:
    """What stands before and after the items; a tuple of one item has a comma, too."""
    kind = type(value)
    if not value and kind in (set, frozenset):
        return f"{kind.__name__}(", ")"
    before, after = _BRACKETS[kind]
    return before, f",{after}" if kind is tuple and len(value) == 1 else after


def _first_item(value: Any, beside: Any) -> int | None:
    """The index of the first item that differs from the other list or tuple."""
    if type(value) not in (list, tuple) or type(value) is not type(beside):
        return None
    pairs = enumerate(zip(value, beside, strict=False))
    shorter = min(len(value), len(beside))
    return next((n for n, (one, other) in pairs if not values.same(one, other)), shorter)


def _partner(beside: Any, value: Any, n: int, entry: tuple[Any, ...]) -> Any:
    """What stands in the other value where this entry stands in this one."""
    if type(beside) is not type(value):
        return NOTHING
    if type(value) is dict:
        return beside.get(entry[0], NOTHING)
    return beside[n] if type(value) in (list, tuple) and n < len(beside) else NOTHING


def _cut(value: Any, room: int, beside: Any, literal: Callable[[Any], str], unit: str) -> str:
    """Parts of a text or of bytes, as expressions with an ellipsis between, and the size."""
    size = f" ({len(value):,} {unit})"
    first = _first_sign(value, beside)
    for lead in (0,) if first is None else (room // 8, 0):  # what is shown before the difference
        start = max(0, (first or 0) - lead)
        count = min(len(value), 3 * room)  # a Hangul syllable is three bytes and one character
        while count > max(1, lead):
            if first is None:
                spans = [(0, count - count // 3), (len(value) - count // 3, len(value))]
            else:
                spans = [(start, min(len(value), start + count))]
            spans = [(_edge(value, begin), _edge(value, end)) for begin, end in spans]
            text = " … ".join(literal(value[begin:end]) for begin, end in spans if begin < end)
            text = f"{'… ' * (spans[0][0] > 0)}{text}{' …' * (spans[-1][1] < len(value))}{size}"
            if len(text) <= room:
                return text
            count = count * 9 // 10
    return f"…{size}"


def _first_sign(value: Any, beside: Any) -> int | None:
    """The index of the first character or byte that differs from the other text or bytes."""
    if type(value) is not type(beside):
        return None
    shorter = min(len(value), len(beside))
    if value[:shorter] == beside[:shorter]:
        return shorter
    pairs = enumerate(zip(value, beside, strict=False))
    return next(n for n, (one, other) in pairs if one != other)


def _edge(value: Any, at: int) -> int:
    """The index, or up to three bytes before it, so that no character of UTF-8 is cut."""
    if isinstance(value, str) or at >= len(value):
        return at
    return next((n for n in range(at, max(-1, at - 4), -1) if value[n] & 0xC0 != 0x80), at)


def _middle(text: str, room: int) -> str:
    """A text without its middle, if it is too long."""
    if len(text) <= room:
        return text
    tail = (room - 1) // 3
    return f"{text[: room - 1 - tail]}…{text[len(text) - tail :]}" if room > 0 else ""


def _plain(value: Any) -> str:
    if type(value) is float and not math.isfinite(value):
        return f"float('{value}')"
    if type(value) is int and value.bit_length() > _BITS:
        return f"an int of {value.bit_length():,} bits"
    text = values.showable(repr(value))
    return _ADDRESS.sub("", text) if isinstance(value, NotPlain) else text


def _bytes(data: bytes | bytearray) -> str:
    """The bytes as an expression: `b'…'`, and `'…'.encode()` for the parts that are text.

    A part is text if it has an emoji or Hangul: two syllables, because among many other bytes one
    stands by chance.
    """
    if isinstance(data, bytearray):
        return f"bytearray({_bytes(bytes(data)) if data else ''})"
    text, done = data.decode(errors="surrogateescape"), 0
    wanted = _SPEECH if _STRAY.search(text) else _NAMED
    parts: list[str] = []
    for run in _TEXT.finditer(text):
        if wanted.search(run[0]):
            start = run.start()
            if start:  # ASCII between other bytes and the text may be a length, as in 81 21
                start += next(n for n, sign in enumerate(run[0]) if not sign.isascii())
            before = text[done:start].encode(errors="surrogateescape")
            parts += [repr(before)] if before else []
            parts.append(f"{text[start : run.end()]!r}.encode()")
            done = run.end()
    rest = text[done:].encode(errors="surrogateescape")
    return " + ".join([*parts, repr(rest)] if rest or not parts else parts)
