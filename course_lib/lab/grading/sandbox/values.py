"""Plain values between the grader and the answer: what may pass the pipe, and when two are equal.

    None  bool  int  float  str  list           as JSON has them
    bytes                                       {"$bytes": "7JWI"}          (base64)
    bytearray  tuple  set  frozenset  dict      {"$tuple": [...]}, {"$dict": [[key, value], ...]}
    Fraction  Decimal                           {"$number": ["Fraction", "1/3"]} ─▶ Fraction
    a member of an enum of int or str           as that int or str
    a NamedTuple                                as that tuple
    anything else                               {"$odd": [type, repr]} ─▶ NotPlain, equal to nothing

Exercises.  Builds on: nothing but the standard library; it is imported in the answer's process too,
so it imports little.
What is new here: equality (`same`) includes the type, and `near` is for numbers of any type.  An
object of a subclass, or with an `__eq__` that is always true, arrives as `NotPlain`; `True` is not
`1`, and a tuple is not a list.
Left out: objects.  The answer's own objects stay in its process and are named by number.
"""

from __future__ import annotations

import base64
import builtins
import math
import re
from collections.abc import Callable
from typing import Any

DEEPEST = 40  # levels of nested containers
LONGEST_INT = 1000  # bits: any such int converts to a float, so a judge may calculate
# At most 10 ** 299, for the same reason.
NUMBER = re.compile(r"-?[0-9]{1,200}(\.[0-9]{1,200}|/[0-9]{1,200}|)([eE][-+]?[0-9]{1,2})?")
LONGEST_TEXT = 300  # characters of a repr or of an exception's message


class NotPlain:
    """A value that is not plain.  `type` and `text` are for people to read."""

    __slots__ = ("text", "type")

    def __init__(self, type: str, text: str) -> None:
        self.type = type
        self.text = showable(text)

    def __repr__(self) -> str:
        told = self.text.startswith(f"{self.type}(")  # ValueError('x') says it itself
        return self.text if told else f"{self.text}, which is of type {self.type}"


class Raised:
    """A call that ended with an exception.

    `where` is "line 3 in request_bytes" or empty; `lines` the learner's lines of the traceback;
    `bases` the names of the exception's base classes.
    """

    __slots__ = ("bases", "lines", "message", "type", "where")

    def __init__(
        self, type: str, message: str, where: str = "", lines: str = "", bases: str = ""
    ) -> None:
        self.type = type
        self.message = showable(message)
        self.where = where
        self.lines = showable(lines)
        self.bases = bases.split()

    def is_a(self, name: str) -> bool:
        """Is it this exception, or a class that the answer derived from it?"""
        return self.type == name or (name in self.bases and not hasattr(builtins, self.type))

    def __repr__(self) -> str:
        text = f"{self.type}: {self.message}" if self.message else self.type
        return f"{text} ({self.where})" if self.where else text


def showable(text: str) -> str:
    """The text with lone surrogates (\\ud83d) escaped: no page and no terminal can show them."""
    return text.encode(errors="backslashreplace").decode()


class Handle:
    """Names an object that stays where it is: the answer's ("$held") or the grader's ("$peer")."""

    __slots__ = ("kind", "number")

    def __init__(self, kind: str, number: int) -> None:
        self.kind = kind
        self.number = number


def pack(value: Any, depth: int = 0) -> Any:
    """A value as JSON.  A value that is not plain becomes "$odd", even if its repr raises."""
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int and value.bit_length() <= LONGEST_INT:
        return value
    if kind is bytes or kind is bytearray:
        return {f"${kind.__name__}": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Handle):
        return {value.kind: value.number}
    if (kind.__module__, kind.__name__) in (("fractions", "Fraction"), ("decimal", "Decimal")):
        text = shortened(value, str)
        return {"$number": [kind.__name__, text]}
    if isinstance(value, (int, str)) and kind.__class__.__module__ == "enum":
        return pack(int.__add__(value, 0) if isinstance(value, int) else str.__add__(value, ""))
    if depth < DEEPEST:
        if kind is list:
            return [pack(item, depth + 1) for item in value]
        if isinstance(value, tuple) and "_fields" in kind.__dict__:  # a NamedTuple
            return {"$tuple": [pack(item, depth + 1) for item in tuple.__iter__(value)]}
        if kind in (tuple, set, frozenset):
            return {f"${kind.__name__}": [pack(item, depth + 1) for item in value]}
        if kind is dict:
            pairs = [[pack(key, depth + 1), pack(item, depth + 1)] for key, item in value.items()]
            return {"$dict": pairs}
    return {"$odd": [str(kind.__name__), shortened(value)]}


def shortened(value: Any, write: Callable[[Any], str] = repr) -> str:
    """The repr of any object, cut; if its repr raises, a text that says so."""
    try:
        text = write(value)
    except BaseException as error:
        return f"<its repr raises {type(error).__name__}>"
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def unpack(
    value: Any, find: Callable[[str, int], Any] | None = None, depth: int = 2 * DEEPEST
) -> Any:
    """The value of JSON that `pack` made.  Raises ValueError for any other JSON.

    `find(kind, number)` gives the object that a handle names.  A dict has two of `depth` levels.
    """
    if depth < 0:
        raise ValueError("lists within lists that were never packed")
    if isinstance(value, list):
        return [unpack(item, find, depth - 1) for item in value]
    if type(value) is int and value.bit_length() > LONGEST_INT:
        raise ValueError("a number that was never packed")
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise ValueError("a tagged value has one key")
    [(tag, content)] = value.items()
    if tag in ("$held", "$peer") and find is not None and type(content) is int:
        return find(tag, content)
    if tag in ("$bytes", "$bytearray") and isinstance(content, str):
        data = base64.b64decode(content, validate=True)
        return data if tag == "$bytes" else bytearray(data)
    if not isinstance(content, list):
        raise ValueError(f"{tag} holds no list")
    if tag == "$number":
        return _number(*content)
    if tag == "$odd" and len(content) == 2:
        return NotPlain(*[str(part)[:LONGEST_TEXT] for part in content])
    items = [unpack(item, find, depth - 1) for item in content]
    makers: dict[str, Callable[[Any], Any]] = {
        "$tuple": tuple,
        "$set": set,
        "$frozenset": frozenset,
        "$dict": dict,
    }
    if tag not in makers:
        raise ValueError(f"unknown tag {tag!r}")
    try:
        return makers[tag](items)
    except TypeError as error:  # an unhashable key
        raise ValueError(str(error)) from None


def _number(kind: Any, text: Any) -> Any:
    """A number of the standard library's other types; one that nobody can calculate with is odd.

    A Decimal becomes a Fraction, which a judge can add to a float.
    """
    odd = NotPlain(str(kind)[:LONGEST_TEXT], str(text)[:LONGEST_TEXT])
    if not (isinstance(text, str) and NUMBER.fullmatch(text)):
        return odd
    import fractions

    try:
        return fractions.Fraction(text)
    except (ValueError, ArithmeticError):
        return odd


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are equal, and of exactly the same types all the way down."""
    if type(one) is not type(other) or isinstance(one, (NotPlain, Raised)):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        left, right = _typed(one), _typed(other)
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(one, (set, frozenset)):
        return {(type(item), item) for item in one} == {(type(item), item) for item in other}
    if isinstance(one, float) and one != one:
        return bool(other != other)
    return bool(one == other)


def near(one: Any, other: Any, room: float = 1e-6) -> bool:
    """The same, but numbers may be of any type, and differ by `room` (a share, if above 1)."""
    if is_number(one) and is_number(other):
        return bool(abs(float(one) - float(other)) <= room * max(1.0, abs(float(other))))
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(
            near(a, b, room) for a, b in zip(one, other, strict=True)
        )
    return same(one, other)


def is_number(value: Any) -> bool:
    """A finite real number of any type; True is none."""
    if type(value) in (int, float):
        return math.isfinite(value)
    return type(value).__module__ in ("fractions", "decimal")


def _typed(mapping: dict[Any, Any]) -> dict[Any, Any]:
    return {(type(key), key): item for key, item in mapping.items()}
