"""Records: classes whose values are objects on the wire, a TypedDict or a dataclass.

    class Message(TypedDict):       {"text": "hi"}                     the dictionary itself
        text: str
        to: NotRequired[list[str]]

    @dataclass                      {"x": 1, "y": 2}  ->  Point(x=1, y=2)
    class Point: ...

Lesson 12.  Builds on: nothing.  Used by: `payload`.
New here: annotations may be texts (`from __future__ import annotations`), which are looked up in
the module of the class or the function.
Left out: classes with type parameters.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, Required

from ..errors import LocalError


@dataclass(slots=True)
class Fields:
    """The keys of an object, with the annotation of each."""

    hints: dict[str, Any]
    required: frozenset[str]
    make: Callable[..., Any] | None  # makes an instance of the values; None: they stay as they are


def fields_of(cls: Any) -> Fields | None:
    """The fields of a TypedDict or a dataclass; None for what is neither.  LocalError for an
    annotation that cannot be looked up."""
    if typing.is_typeddict(cls):
        hints = hints_of(cls, cls.__name__)
        return Fields(hints, frozenset(name for name in hints if _required(cls, hints, name)), None)
    if not (isinstance(cls, type) and dataclasses.is_dataclass(cls)):
        return None
    fields = {one.name: one for one in dataclasses.fields(cls) if one.init}
    found = hints_of(cls, cls.__name__)
    for name, hint in found.items():
        if type(hint) is dataclasses.InitVar:
            raise LocalError(f"{cls.__name__}.{name}: an InitVar cannot be checked")
    missing = dataclasses.MISSING
    required = frozenset(
        name
        for name, one in fields.items()
        if one.default is missing and one.default_factory is missing
    )
    return Fields({name: found[name] for name in fields}, required, cls)


def _required(cls: Any, hints: dict[str, Any], name: str) -> bool:
    # The class's own list is wrong where annotations are texts: look at the markers.
    origin = typing.get_origin(hints[name])
    if origin in (Required, NotRequired):
        return origin is Required
    return name in cls.__required_keys__


def hints_of(owner: Any, name: str) -> dict[str, Any]:
    """The annotations of a class or a function, texts looked up."""
    try:
        return typing.get_type_hints(owner, include_extras=True)
    except NameError as error:
        raise LocalError(
            f"{name}: the annotation {error.name!r} cannot be looked up: import it at run time, or "
            "define it at the top of the module"
        ) from None
    except (TypeError, SyntaxError) as error:
        raise LocalError(f"{name}: an annotation is no type: {error}") from None


def plain(annotation: Any) -> Any:
    """What an alias, a NewType, or a marker such as Annotated or Required stands for."""
    while True:
        if typing.get_origin(annotation) in (typing.Annotated, Required, NotRequired):
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ in ("TypeAliasType", "ReadOnly"):  # of later Pythons
            annotation = annotation.__value__
        else:
            return annotation


def tag_of(records: list[Fields]) -> tuple[str, list[tuple[Any, ...]]] | None:
    """A key by which records can be told apart, and its values in each: a Literal that each has."""
    for name in records[0].hints:
        values = [_literals(one, name) for one in records]
        if all(values) and len(set().union(*values)) == sum(map(len, values)):
            return name, values
    return None


def _literals(fields: Fields, name: str) -> tuple[Any, ...]:
    hint = plain(fields.hints.get(name))
    literal = typing.get_origin(hint) is Literal and name in fields.required
    return typing.get_args(hint) if literal else ()
