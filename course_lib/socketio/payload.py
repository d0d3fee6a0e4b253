"""Payloads: whether a value that the peer sent is what an annotation says.

    annotation                         passes
    str  int  bool  bytes  None        a value of exactly this type: True is no int
    float                              a finite number, also a whole one
    list[int]  dict[str, int]          with each element; also Sequence[int], Mapping[str, int]
    tuple[int, str]                    a list of so many; the listener gets a tuple
    Literal["a", "b"]                  one of these
    int | None    A | B                by the type of the value; objects by a Literal in each
    a TypedDict                        an object with its keys and no others
    a dataclass                        the same; the listener gets an instance
    Any  object                        everything

    kind_of(list[int]).check([1, "2"])     BadPayload: [1]: expected int, got str

Lesson 12.  Builds on: `records`.  Used by: `checked`.
New here: an annotation is compiled once.  An error tells the place and the type of the first thing
that is wrong.  It does not repeat what the peer wrote, which may be long, or a secret.
Left out: annotations of which neither JSON nor msgpack has a value.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from dataclasses import dataclass
from typing import Any, Literal, Self, Union

from ..errors import LocalError
from . import records
from .records import Fields

SHOWN = 40  # characters of a peer's key that an error quotes
LONGEST = 120  # characters of a place
LISTS = (list, Sequence, MutableSequence)
DICTS = (dict, Mapping, MutableMapping)


class BadPayload(ValueError):
    """A payload is not what the annotations of its listener say."""

    def __init__(self, wrong: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self._parts: list[str] = []  # from the inside to the outside

    def inside(self, part: str) -> Self:
        """It is in this part of something."""
        self._parts.append(part)
        return self

    @property
    def place(self) -> str:
        """Where it is, as in `message.to[3]`."""
        place = "".join(reversed(self._parts)).lstrip(".")
        return place if len(place) <= LONGEST else place[:LONGEST] + "…"

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong}" if self._parts else self.wrong


@dataclass(slots=True)
class Kind:
    """What an annotation admits."""

    says: str  # "int", "list[int]"
    types: frozenset[type]  # of the values that may pass; none: of all
    # Gives the value, or what is made of it; raises BadPayload.
    check: Callable[[Any], Any]
    every: bool = False  # each value of these types passes, as it is

    def wrong(self, value: Any) -> BadPayload:
        """The error for a value of another type."""
        got = "None" if value is None else type(value).__name__
        return BadPayload(f"expected {self.says}, got {got}")


def _exactly(type_: type, says: str) -> Kind:
    def check(value: Any) -> Any:
        if type(value) is not type_:
            raise kind.wrong(value)
        return value

    kind = Kind(says, frozenset((type_,)), check, every=True)
    return kind


def _float(value: Any) -> Any:
    if type(value) is not float and type(value) is not int:
        raise FLOAT.wrong(value)
    try:
        finite = math.isfinite(value)
    except OverflowError:  # a whole number that no float comes near
        finite = False
    if not finite:
        raise BadPayload("expected a finite number")
    return value


ANYTHING = Kind("anything", frozenset(), lambda value: value, every=True)
FLOAT = Kind("float", frozenset((float, int)), _float)
NONE = _exactly(type(None), "None")
PLAIN: dict[Any, Kind] = {one: _exactly(one, one.__name__) for one in (str, int, bool, bytes)}
PLAIN |= {float: FLOAT, None: NONE, type(None): NONE, Any: ANYTHING, object: ANYTHING}


def kind_of(annotation: Any) -> Kind:
    """What this annotation admits.  LocalError for one of which the wire has no value."""
    return _Compiler().kind(annotation)


class _Compiler:
    """Compiles one annotation.  It knows its records, each of which may hold itself."""

    def __init__(self) -> None:
        self.records: dict[Any, tuple[Kind, Fields]] = {}

    def kind(self, annotation: Any) -> Kind:
        annotation = records.plain(annotation)
        origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is Literal:
            return _literal(inner)
        if origin in (Union, types.UnionType):
            return self.union([records.plain(one) for one in inner])
        if (origin or annotation) is tuple:
            return self.tuple(inner or (Any, ...))
        if (origin or annotation) in LISTS:
            return _list(self.kind(inner[0] if inner else Any))
        if (origin or annotation) in DICTS:
            of, values = inner or (str, Any)
            return _dict(self.kind(of), self.kind(values))
        if isinstance(annotation, Hashable) and annotation in PLAIN:
            return PLAIN[annotation]
        kind = self.record(annotation)
        if kind is None:
            said = getattr(annotation, "__qualname__", None) or repr(annotation)
            raise LocalError(f"{said} cannot be checked: the wire has no value of it")
        return kind

    def record(self, cls: Any) -> Kind | None:
        """A TypedDict or a dataclass."""
        if typing.get_origin(cls) is not None or (fields := records.fields_of(cls)) is None:
            return None
        if cls in self.records:
            return self.records[cls][0]
        kind = Kind(cls.__name__, frozenset((dict,)), ANYTHING.check)
        self.records[cls] = kind, fields
        kinds = {}
        for name, hint in fields.hints.items():
            try:
                kinds[name] = self.kind(hint)
            except LocalError as error:
                raise LocalError(f"{cls.__name__}.{name}: {error}") from None
        kind.check = _record(kind, kinds, fields)
        return kind

    def union(self, inner: list[Any]) -> Kind:
        """Several: the type of a value says which of them it has to be."""
        kinds = [(one, self.kind(one)) for one in inner]
        says = " | ".join(kind.says for _, kind in kinds)
        if any(not kind.types for _, kind in kinds):
            return ANYTHING
        table: dict[type, Kind] = {}
        for type_ in sorted({one for _, kind in kinds for one in kind.types}, key=repr):
            mine = [(one, kind) for one, kind in kinds if type_ in kind.types]
            certain = [kind for _, kind in mine if kind.every]
            if certain or len(mine) == 1:
                table[type_] = certain[0] if certain else mine[0][1]
            else:
                table[type_] = self.tagged(says, [one for one, _ in mine])

        def check(value: Any) -> Any:
            kind = table.get(type(value))
            if kind is None:
                raise whole.wrong(value)
            return kind.check(value)

        every = all(kind.every for kind in table.values())
        whole = Kind(says, frozenset(table), check, every)
        return whole

    def tagged(self, says: str, inner: list[Any]) -> Kind:
        """Several objects: a key says which of them it has to be.

        Trying one after the other would let a peer choose how long that takes.
        """
        found = [self.records[one] for one in inner if one in self.records]
        tag = records.tag_of([fields for _, fields in found]) if len(found) == len(inner) else None
        if tag is None:
            raise LocalError(f"{says}: give each a Literal under the same key, to tell them apart")
        name, values = tag
        table = {one: kind for (kind, _), ones in zip(found, values, strict=True) for one in ones}
        literal = _literal(tuple(table))

        def check(value: Any) -> Any:
            if name not in value:
                raise BadPayload(f"{name!r} is missing")
            try:
                literal.check(value[name])
            except BadPayload as error:
                raise error.inside(f".{name}") from None
            return table[value[name]].check(value)

        return Kind(says, frozenset((dict,)), check)

    def tuple(self, inner: tuple[Any, ...]) -> Kind:
        """A list of so many elements, or of any number: `tuple[int, ...]`."""
        if len(inner) == 2 and inner[1] is Ellipsis:
            several = _list(self.kind(inner[0]))
            return Kind(several.says, several.types, lambda value: tuple(several.check(value)))
        items = [self.kind(one) for one in inner]

        def check(value: Any) -> Any:
            if type(value) is not list:
                raise kind.wrong(value)
            if len(value) != len(items):
                raise BadPayload(f"expected {len(items)} elements, got {len(value)}")
            made: list[Any] = []
            try:
                for item, one in zip(items, value, strict=True):
                    made.append(item.check(one))
            except BadPayload as error:
                raise error.inside(f"[{len(made)}]") from None
            return tuple(made)

        kind = Kind(f"list[{', '.join(one.says for one in items)}]", frozenset((list,)), check)
        return kind


def _literal(values: tuple[Any, ...]) -> Kind:
    kinds = frozenset(map(type, values))
    if not kinds <= {str, int, bool, bytes, type(None)}:
        raise LocalError(f"Literal{list(values)!r} cannot be checked: the wire has no value of it")
    allowed = {(type(value), value) for value in values}  # True is no 1

    def check(value: Any) -> Any:
        if type(value) not in kinds or (type(value), value) not in allowed:
            raise BadPayload(f"expected {kind.says}")
        return value

    kind = Kind(" or ".join(map(repr, values)), kinds, check)
    return kind


def _all(kind: Kind, values: Iterable[Any]) -> bool:
    """Whether all pass as they are; False: look at each.  In C: 10 ns for one in place of 60."""
    return kind.every and (not kind.types or kind.types.issuperset(map(type, values)))


def _list(item: Kind) -> Kind:
    def check(value: Any) -> Any:
        if type(value) is not list:
            raise kind.wrong(value)
        if _all(item, value):
            return value
        made: list[Any] = []
        try:
            for one in value:
                made.append(item.check(one))  # noqa: PERF401 (its length is the place)
        except BadPayload as error:
            raise error.inside(f"[{len(made)}]") from None
        return made

    kind = Kind(f"list[{item.says}]", frozenset((list,)), check, every=item is ANYTHING)
    return kind


def _dict(of: Kind, values: Kind) -> Kind:
    def check(value: Any) -> Any:
        if type(value) is not dict:
            raise kind.wrong(value)
        if _all(of, value) and _all(values, value.values()):
            return value
        made: dict[Any, Any] = {}
        for name, one in value.items():
            try:
                made[of.check(name)] = values.check(one)
            except BadPayload as error:
                raise error.inside(f"[{_quoted(name)}]") from None
        return made

    kind = Kind(f"dict[{of.says}, {values.says}]", frozenset((dict,)), check)
    return kind


def _record(kind: Kind, kinds: dict[str, Kind], fields: Fields) -> Callable[[Any], Any]:
    required, make = fields.required, fields.make

    def check(value: Any) -> Any:
        if type(value) is not dict:
            raise kind.wrong(value)
        if not required <= value.keys():
            lacking = next(name for name in kinds if name in required and name not in value)
            raise BadPayload(f"{lacking!r} is missing")
        made: dict[str, Any] = {}
        for name, one in value.items():
            item = kinds.get(name)
            if item is None:
                raise BadPayload(f"{_quoted(name)} is unknown")
            try:
                made[name] = item.check(one)
            except BadPayload as error:
                raise error.inside(f".{name}") from None
        return made if make is None else make(**made)

    return check


def _quoted(name: Any) -> str:
    said = repr(name[:SHOWN]) if isinstance(name, str | bytes) else repr(name)[:SHOWN]
    return said if len(said) <= 2 * SHOWN else said[: 2 * SHOWN] + "…"
