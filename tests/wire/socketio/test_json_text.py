"""A packet's JSON: what JavaScript would write, by both of its ways (with orjson, and without)."""

from __future__ import annotations

import datetime
import enum
import json
import math
import uuid
from collections import OrderedDict, namedtuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.errors import RemoteError
from course_lib.wire.socketio import json_text
from course_lib.wire.socketio.json_text import Json

Pair = namedtuple("Pair", "left right")


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


def slow(**hooks: Any) -> Json:
    """One that does not use orjson, as where it is not installed."""
    before, json_text.orjson = json_text.orjson, None  # type: ignore[assignment]
    try:
        return Json(**hooks)
    finally:
        json_text.orjson = before


def written(one: Json, value: Any, *, fast: bool) -> tuple[Any, list[bytes]] | str:
    """What the text says, and its attachments; or the kind of error."""
    found: list[bytes] = []
    before = json_text.orjson
    if not fast:
        json_text.orjson = None  # type: ignore[assignment]
    try:
        return json.loads(one.dumps(value, found)), found
    except (TypeError, ValueError) as error:
        return type(error).__name__
    finally:
        json_text.orjson = before


texts = st.text(max_size=10)  # also half of a surrogate pair
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(max_size=5)
    | st.datetimes(timezones=st.none() | st.timezones(), min_value=datetime.datetime(1000, 1, 1),
                   max_value=datetime.datetime(9000, 1, 1))
    | st.dates() | st.uuids() | st.just(Color.RED) | st.just(Level.HIGH)
    | st.builds(object) | st.just({1, 2})
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner)
        | st.builds(Pair, inner, inner)
        | st.dictionaries(texts | st.integers() | st.booleans() | st.none(), inner, max_size=3)
        | st.builds(lambda pairs: OrderedDict(pairs), st.lists(st.tuples(texts, inner), max_size=2))
    ),
    max_leaves=8,
)


@given(values)
@settings(max_examples=300)
def test_both_ways_write_the_same(value):
    """Or both refuse it."""
    one = Json()
    assert repr(written(one, value, fast=True)) == repr(written(one, value, fast=False))


pieces = st.sampled_from(
    [*'[]{}",:-+.eE0123456789 \n\t\\u', "null", "true", "false", "NaN", "Infinity", "1e999", '"a"',
     '"\\ud800"', "\ud800", '"\\ud83d\\ude00"', "18446744073709551616", "-0", "\ufeff", "\x00"]
)  # fmt: skip


@given(st.lists(pieces, max_size=12).map("".join))
@settings(max_examples=500)
def test_both_ways_read_the_same(text):
    """Or both refuse it."""
    found = []
    for one in (Json(), slow()):
        try:
            found.append(repr(one.loads(text)))
        except RemoteError:
            found.append("refused")
    assert found[0] == found[1]


@given(st.recursive(st.none() | st.integers() | texts, lambda inner: st.lists(inner)
                    | st.dictionaries(texts, inner), max_leaves=10))  # fmt: skip
def test_what_was_written_is_read(value):
    one = Json()
    assert one.loads(one.dumps(value)) == value


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.nan, "null"),
        ([math.inf, {"a": -math.inf}], '[null,{"a":null}]'),
        (datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), '"1970-01-01T00:00:00.000Z"'),
        (
            datetime.datetime(2026, 11, 30, 21, 5, 0, 999_999, datetime.timezone(
                datetime.timedelta(hours=9))),
            '"2026-11-30T12:05:00.999Z"',
        ),
        (datetime.date(2026, 11, 30), '"2026-11-30"'),
        ("\ud800x", '"\\ud800x"'),
        (["한", "\U0001f600"], '["한","\U0001f600"]'),
        ((1, Pair(2, 3)), "[1,[2,3]]"),
        (Color.RED, '"red"'),
        (Level.HIGH, "3"),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (1 << 100, str(1 << 100)),
        ({1: {None: {True: 2}}}, '{"1":{"null":{"true":2}}}'),
    ],
)  # fmt: skip
def test_what_javascript_would_write(value, text, fast):
    """X11."""
    before = json_text.orjson
    if not fast:
        json_text.orjson = None  # type: ignore[assignment]
    try:
        assert Json().dumps(value) == text
    finally:
        json_text.orjson = before


def _circle() -> list[Any]:
    circle: list[Any] = [b"x", math.nan]
    circle.append({"a": circle})
    return circle


def _deep(depth: int) -> Any:
    value: Any = b"x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [{1}, object(), _circle(), _deep(100_000), b"x", 1j, print])
@pytest.mark.parametrize("fast", [True, False])
def test_what_json_does_not_have_is_the_callers_error(value, fast):
    """X11: TypeError or ValueError, never RecursionError.  Bytes: where nobody takes them."""
    one = Json() if fast else slow()
    with pytest.raises((TypeError, ValueError)):
        one.dumps([value])


def test_bytes_are_taken_out_in_the_order_of_the_text():
    """Once, also when a value has to be written a second time."""
    for value in (
        [b"a", {"k": bytearray(b"b")}, memoryview(b"c")],
        [b"a", math.nan, {"k": b"b"}, "\ud800", b"c"],
        [b"a", {1: b"b"}, [math.inf], b"c"],
    ):
        found = [b"before"]
        text = Json().dumps(value, found)
        assert found == [b"before", b"a", b"b", b"c"]
        assert [text.index(f'"num":{number}') for number in (1, 2, 3)] == sorted(
            text.index(f'"num":{number}') for number in (1, 2, 3)
        )


def test_default_may_write_something_itself():
    """With the same object, and attachments of its own."""

    def default(value: Any) -> Any:
        inner: list[bytes] = []
        return [one.dumps([b"inner"], inner), b"outer", *inner]

    one = Json(default=default)
    found: list[bytes] = []
    text = one.dumps([object(), b"last"], found)
    assert found == [b"outer", b"inner", b"last"]
    assert text.count("_placeholder") == 4


def test_what_default_raises_is_raised():
    """Whatever it is."""

    def default(value: Any) -> Any:
        raise KeyError(value)

    with pytest.raises(KeyError):
        Json(default=default).dumps(object())


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_depth_is_a_remote_error(text):
    """X10."""
    for one in (Json(), slow(), Json(object_hook=dict), slow(object_hook=dict)):
        with pytest.raises(RemoteError):
            one.loads(text)


def test_a_number_of_many_digits_is_a_float_or_refused():
    """X10: and a ValueError of Python's own comes from neither way."""
    for one in (Json(), slow()):
        for text in ("1" * 5_000, "-" + "1" * 5_000, "[" + "9" * 4_301 + "]", "1" * 300 + ".5"):
            try:
                value = one.loads(text)
            except RemoteError:
                continue
            assert isinstance(value[0] if isinstance(value, list) else value, float)
