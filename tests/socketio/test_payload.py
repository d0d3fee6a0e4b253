"""What an annotation admits, what is said of the rest, and payloads that are meant to harm."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import (
    Annotated,
    Any,
    Literal,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
    Union,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.socketio import BadPayload, check
from course_lib.socketio.payload import kind_of


class Message(TypedDict):
    text: str
    to: NotRequired[list[str]]


class Loose(TypedDict, total=False):
    text: Required[str]
    size: int


class Louder(Message):
    volume: float


class Node(TypedDict):
    value: int
    below: Node | None


class Circle(TypedDict):
    shape: Literal["circle"]
    of: Circle | Square | None


class Square(TypedDict):
    shape: Literal["square", "box"]
    of: Circle | Square | None


@dataclass
class Point:
    x: float
    y: float = 0.0
    names: list[str] = field(default_factory=list)
    made: int = field(default=7, init=False)


@dataclass
class Tree:
    value: int
    children: list[Tree]


@dataclass(kw_only=True)
class Line:
    start: Point
    ends: list[Point]


Id = NewType("Id", int)

GOOD: list[tuple[Any, Any, Any]] = [
    (str, "a", "a"),
    (int, 2**63, 2**63),
    (float, 1, 1),
    (float, 1.5, 1.5),
    (bool, False, False),
    (bytes, b"\0", b"\0"),
    (None, None, None),
    (Any, object, object),
    (object, {1}, {1}),
    (list, [1, "a"], [1, "a"]),
    (list[int], [], []),
    (list[list[float]], [[1], [2.5]], [[1], [2.5]]),
    (Sequence[str], ["a"], ["a"]),
    (dict, {"a": 1}, {"a": 1}),
    (dict[str, Any], {"a": 1}, {"a": 1}),
    (dict[str, float], {"a": 1}, {"a": 1}),
    (dict[int, str], {1: "a"}, {1: "a"}),  # msgpack has these
    (Mapping[str, bool], {"a": True}, {"a": True}),
    (tuple[int, str], [1, "a"], (1, "a")),
    (tuple[int, ...], [1, 2], (1, 2)),
    (tuple, [1, "a"], (1, "a")),
    (Literal["a", 1, None, b"b"], b"b", b"b"),
    (Optional[int], None, None),  # noqa: UP045
    (Union[int, str], "a", "a"),  # noqa: UP007
    (int | float | None, 2.5, 2.5),
    (bool | int, 1, 1),
    (Literal["auto"] | int, "auto", "auto"),
    (list[Any] | list[int], ["a"], ["a"]),
    (int | Any, b"x", b"x"),
    (Id, 7, 7),
    (Annotated[int, "metres"], 7, 7),
    (Message, {"text": "a"}, {"text": "a"}),
    (Message, {"text": "a", "to": ["b"]}, {"text": "a", "to": ["b"]}),
    (Loose, {"text": "a"}, {"text": "a"}),
    (Louder, {"text": "a", "volume": 1}, {"text": "a", "volume": 1}),
    (Node, {"value": 1, "below": {"value": 2, "below": None}}, None),
    (Circle | Square, {"shape": "box", "of": {"shape": "circle", "of": None}}, None),
    (Point, {"x": 1}, Point(1)),
    (list[Point], [{"x": 1, "names": ["a"]}], [Point(1, names=["a"])]),
    (Line, {"start": {"x": 1}, "ends": [{"x": 2}]}, Line(start=Point(1), ends=[Point(2)])),
    (Tree, {"value": 1, "children": [{"value": 2, "children": []}]}, Tree(1, [Tree(2, [])])),
    (dict[str, Point], {"a": {"x": 1}}, {"a": Point(1)}),
    (Message | Literal["none"], {"text": "a"}, {"text": "a"}),
    (Point | list[Point] | None, [{"x": 1}], [Point(1)]),
]  # fmt: skip

BAD: list[tuple[Any, Any, str]] = [
    (str, 1, "expected str, got int"),
    (str, None, "expected str, got None"),
    (int, True, "expected int, got bool"),
    (int, 1.0, "expected int, got float"),
    (bool, 1, "expected bool, got int"),
    (float, True, "expected float, got bool"),
    (float, math.nan, "expected a finite number"),
    (float, -math.inf, "expected a finite number"),
    (float, 10**400, "expected a finite number"),
    (bytes, "a", "expected bytes, got str"),
    (bytes, bytearray(b"a"), "expected bytes, got bytearray"),
    (None, 0, "expected None, got int"),
    (list[int], "12", "expected list[int], got str"),
    (list[int], [1, 2, True], "[2]: expected int, got bool"),
    (list[list[str]], [[], ["a", 1]], "[1][1]: expected str, got int"),
    (dict[str, int], [], "expected dict[str, int], got list"),
    (dict[str, int], {"a": 1, "b": "c"}, "['b']: expected int, got str"),
    (dict[str, Any], {1: 1}, "[1]: expected str, got int"),
    (tuple[int, str], [1], "expected 2 elements, got 1"),
    (tuple[int, str], [1, 2], "[1]: expected str, got int"),
    (tuple[int, str], {}, "expected list[int, str], got dict"),
    (Literal["a", 1], "b", "expected 'a' or 1"),
    (Literal["a", 1], True, "expected 'a' or 1"),
    (Literal["a", 1], ["a"], "expected 'a' or 1"),
    (int | None, "a", "expected int | None, got str"),
    (int | list[str], [1], "[0]: expected str, got int"),
    (Message, [], "expected Message, got list"),
    (Message, {}, "'text' is missing"),
    (Message, {"text": "a", "admin": True}, "'admin' is unknown"),
    (Message, {"text": "a", "to": "b"}, "to: expected list[str], got str"),
    (Message, {"text": "a", "to": ["b", None]}, "to[1]: expected str, got None"),
    (Loose, {"size": 1}, "'text' is missing"),
    (Louder, {"text": "a"}, "'volume' is missing"),
    (Node, {"value": 1, "below": {"value": 1}}, "below: 'below' is missing"),
    (Circle | Square, {"shape": "star"}, "shape: expected 'circle' or 'square' or 'box'"),
    (Circle | Square, {"shape": ["box"]}, "shape: expected 'circle' or 'square' or 'box'"),
    (Circle | Square, {"of": None}, "'shape' is missing"),
    (Circle | Square, {"shape": "box", "of": {"shape": "box"}}, "of: 'of' is missing"),
    (Circle | Square, "box", "expected Circle | Square, got str"),
    (Point, {"x": "1"}, "x: expected float, got str"),
    (Tree, {"value": 1, "children": [{"value": "x", "children": []}]},
     "children[0].value: expected int, got str"),
    (Point, {"x": 1, "made": 8}, "'made' is unknown"),
    (Line, {"start": {"x": 1}, "ends": [{}]}, "ends[0]: 'x' is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("annotation", "value", "wanted"), GOOD, ids=repr)
def test_what_passes(annotation: Any, value: Any, wanted: Any) -> None:
    """With its type: 1 is not True.  None: the value itself."""
    got = check(annotation, value)
    assert repr(got) == repr(value if wanted is None and value is not None else wanted)


@pytest.mark.parametrize(("annotation", "value", "said"), BAD, ids=lambda one: repr(one)[:60])
def test_what_does_not_pass(annotation: Any, value: Any, said: str) -> None:
    with pytest.raises(BadPayload) as caught:
        check(annotation, value)
    assert str(caught.value) == said


def _local() -> Any:
    class Hidden(TypedDict):
        text: Nowhere  # type: ignore[name-defined]  # noqa: F821

    return Hidden


@dataclass
class Secret:
    word: dataclasses.InitVar[str]


class Odd(TypedDict):
    when: complex


A, B = TypedDict("A", {"kind": Literal["a"]}), TypedDict("B", {"kind": Literal["a", "b"]})
C, D = TypedDict("C", {"kind": str}), TypedDict("D", {"other": Literal["d"]})


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (set[int], "set cannot be checked: the wire has no value of it"),
        (complex, "complex cannot be checked: the wire has no value of it"),
        (TypeVar("T"), "~T cannot be checked: the wire has no value of it"),
        ("str", "'str' cannot be checked: the wire has no value of it"),
        (Literal[Point], "cannot be checked"),
        (list[int] | list[str], "list[int] | list[str]: give each a Literal under the same key"),
        (Message | dict[str, int], "give each a Literal under the same key"),
        (Message | Point, "Message | Point: give each a Literal under the same key"),
        (A | B, "A | B: give each a Literal under the same key"),  # "a" is of both
        (A | C, "A | C: give each"),
        (A | D, "A | D: give each"),
        (Odd, "Odd.when: complex cannot be checked: the wire has no value of it"),
        (Secret, "Secret.word: an InitVar cannot be checked"),
        (_local(), "Hidden: the annotation 'Nowhere' cannot be looked up: import it at run time"),
    ],
    ids=repr,
)
def test_an_annotation_that_nothing_can_be_checked_by(annotation: Any, said: str) -> None:
    with pytest.raises(LocalError) as caught:
        check(annotation, None)
    assert said in str(caught.value)


def test_what_a_peer_wrote_is_not_repeated_and_places_are_short() -> None:
    """Values never; keys to forty characters; a place to 120."""
    for annotation, value in {
        Literal["a"]: "secret" * 1000,
        int: "secret",
        Message: {"text": {"password": "secret"}},
        float: 10**400,
    }.items():
        with pytest.raises(BadPayload) as caught:
            check(annotation, value)
        assert "secret" not in str(caught.value) and "000" not in str(caught.value)
    for annotation, value in ((Point, {"x": 1, "k" * 10**6: 1}), (dict[str, int], {"k" * 999: ""})):
        with pytest.raises(BadPayload) as caught:
            check(annotation, value)
        assert "'" + "k" * 40 + "'" in str(caught.value) and len(str(caught.value)) < 100
    with pytest.raises(BadPayload) as caught:
        check(Node, functools.reduce(lambda below, _: {"value": 1, "below": below}, range(99), 7))
    assert str(caught.value).endswith("…: expected Node | None, got int")
    assert len(str(caught.value)) < 170


def test_nesting_ends_in_an_error_and_not_in_a_crash() -> None:
    deep: Any = None
    for _ in range(100_000):
        deep = {"value": 1, "below": deep}
    with pytest.raises(BadPayload, match="nested too deeply"):
        check(Node, deep)
    while deep:  # its end is nested, too
        deep = deep.pop("below")


def test_a_union_takes_no_longer_for_a_payload_that_is_made_for_it() -> None:
    """Trying each member would take 2**100 steps."""
    deep: Any = {"shape": "box", "of": 7}
    for number in range(100):
        deep = {"shape": ("circle", "box")[number % 2], "of": deep}
    with pytest.raises(BadPayload, match=r"\.of"):
        check(Circle | Square, deep)


def test_what_passes_as_it_is_is_not_copied() -> None:
    numbers, table = list(range(10)), {"a": "b"}
    assert check(list[int], numbers) is numbers
    assert check(list, numbers) is numbers
    assert check(dict[str, str], table) is table


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
SOME = [annotation for annotation, *_ in GOOD]


@given(st.sampled_from(SOME), JSON)
def test_any_value_passes_or_is_a_bad_payload(annotation: Any, value: Any) -> None:
    """And what passes passes again, where nothing else is made of it."""
    kind = kind_of(annotation)
    try:
        made = kind.check(value)
    except BadPayload as error:
        assert str(error)
    else:
        other = ("Point", "Tree", "Line")
        same = repr(made) == repr(value) or any(name in repr(made) for name in other)
        assert same or isinstance(made, tuple)
