"""What passes the pipe comes out as it went in, and equality is of value and type."""

from __future__ import annotations

import collections
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.lab.grading.sandbox import values

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers() | st.binary(), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
def test_a_plain_value_comes_back_the_same(value: Any) -> None:
    """Through JSON, with its types, the order of a dict, and text that is no valid UTF-8."""
    back = values.unpack(json.loads(json.dumps(values.pack(value))))
    assert values.same(back, value)
    assert not isinstance(value, dict) or list(back) == list(value)


@pytest.mark.parametrize("value", ["\ud800", {1, 2}, frozenset("ab"), bytearray(b"x"), math.nan])
def test_unusual_plain_values_come_back_too(value: Any) -> None:
    """Half a surrogate pair, sets, a bytearray, not a number."""
    assert values.same(values.unpack(json.loads(json.dumps(values.pack(value)))), value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (1, 1.0), (0, False), ("7", b"7"), (b"7", bytearray(b"7")), ((1,), [1]),
        ({1: 2}, {True: 2}), ({1}, {True}), ([1, 2], [2, 1]), ([1], [1, 1]), (None, False),
        ({"a": 1}, {"a": True}),
    ],
)  # fmt: skip
def test_values_of_other_types_are_not_the_same(one: Any, other: Any) -> None:
    """Python calls many of these equal."""
    assert not values.same(one, other)
    assert values.same(one, one)


def test_a_named_tuple_arrives_as_a_tuple() -> None:
    """It is one; a class that is made from it may be anything."""
    named = collections.namedtuple("named", "first second")
    assert values.same(values.unpack(values.pack(named(1, b"x"))), (1, b"x"))
    derived = type("derived", (named,), {})
    assert isinstance(values.unpack(values.pack(derived(1, b"x"))), values.NotPlain)


def test_what_is_not_plain_equals_nothing_not_even_itself() -> None:
    """An object arrives as its type and repr."""

    class Sly:
        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            raise RuntimeError

    class Text(str):
        pass

    for strange in (Sly(), Text("x"), object(), 10**400, print):
        odd = values.unpack(json.loads(json.dumps(values.pack(strange))))
        assert isinstance(odd, values.NotPlain)
        assert not values.same(odd, odd)


def test_every_number_that_arrives_can_be_calculated_with() -> None:
    """A larger one would be an OverflowError in the judge, which is not the judge's fault."""
    largest = values.unpack(values.pack(2**values.LONGEST_INT - 1))
    assert largest * 0.5 - 1e300 < float("inf")
    assert isinstance(values.unpack(values.pack(2**values.LONGEST_INT)), values.NotPlain)


def test_half_a_character_in_what_is_shown_is_written_out() -> None:
    """A verdict is printed and sent to a browser, as UTF-8."""
    raised = values.Raised("ValueError", "half \ud83d", "line 1", "raise \ud83d")
    assert (raised.message, raised.lines) == ("half \\ud83d", "raise \\ud83d")
    assert values.NotPlain("Sly", "\ud83d").text == "\\ud83d"


def test_an_exception_of_its_own_is_what_it_was_derived_from() -> None:
    """But UnicodeDecodeError, which happens to be a ValueError, was not meant as one."""
    own = values.Raised("TooLong", "", bases="ValueError Exception BaseException object")
    decode = values.Raised("UnicodeDecodeError", "", bases="UnicodeError ValueError Exception")
    assert own.is_a("ValueError") and not own.is_a("KeyError")
    assert values.Raised("ValueError", "").is_a("ValueError")
    assert not decode.is_a("ValueError")


def test_a_container_without_end_arrives_as_odd() -> None:
    """A list that holds itself does not hang the pipe."""
    endless: list[Any] = []
    endless.append(endless)
    assert "$odd" in json.dumps(values.pack(endless))


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: (x,), lambda x: {"key": x}])
def test_what_pack_nests_is_unpacked_and_nothing_deeper(wrap: Callable[[Any], Any]) -> None:
    """A judge prints and compares values, which would fail for lists within lists without end."""
    value: Any = 7
    for _ in range(values.DEEPEST):
        value = wrap(value)
    assert values.same(values.unpack(json.loads(json.dumps(values.pack(value)))), value)
    with pytest.raises(ValueError):
        values.unpack(json.loads("[" * 500 + "]" * 500))


def test_a_forged_name_of_a_type_is_cut() -> None:
    """It is shown in the verdict."""
    odd = values.unpack({"$odd": ["T" * 10_000, "x" * 10_000]})
    assert (len(odd.type), len(odd.text)) == (values.LONGEST_TEXT, values.LONGEST_TEXT)


@pytest.mark.parametrize(
    "broken",
    [{"$bytes": 7}, {"$bytes": "?"}, {}, {"a": 1, "b": 2}, {"$what": []}, {"$dict": [[[], 1]]},
     {"$dict": [1]}, {"$set": [[]]}, {"$held": 1}],
)  # fmt: skip
def test_a_forged_value_is_refused(broken: Any) -> None:
    """Whatever is not as `pack` makes it raises ValueError."""
    with pytest.raises(ValueError):
        values.unpack(broken)
