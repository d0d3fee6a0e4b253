"""What a verdict shows of a value: an expression, or a part of it that says how long it was."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from course_lib.lab.grading import showing
from course_lib.lab.grading.sandbox import values
from course_lib.lab.grading.sandbox.values import NotPlain, Raised

HELLO = "안녕 👋".encode()
SIGNS = (
    st.characters(codec="utf-8") | st.sampled_from("안녕점심👋🎉ab\r\n'\"\\\0") | st.just("\ud83d")
)
TEXTS = st.text(SIGNS)
BYTES = st.binary() | st.lists(
    st.binary(max_size=4) | st.text("안녕👋é ok\x00").map(str.encode)
).map(b"".join)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | BYTES | BYTES.map(bytearray)
)
KEYS = st.none() | st.booleans() | st.integers() | TEXTS | BYTES
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=30,
)
RAISED = Raised("KeyError", "'x'", "line 3 in f", "In[3] line 3 in f: return x['x']")


@given(VALUES)
@example(b"")
@example(bytearray())
@example([math.nan, math.inf, -math.inf, -0.0])
@example([set(), frozenset(), (), (b"\x81" + HELLO,), {b"\x81" + HELLO: 1}])
@example(b"\x00\x07" + HELLO + b"\xec\x95")
def test_what_is_not_cut_evaluates_to_the_value(value: Any) -> None:
    """With all types, so a learner may copy it into a cell."""
    assert values.same(eval(showing.shown(value, 10**6)), value)


@given(VALUES, VALUES, st.integers(1, 300))
@example([[]] * 9, [[]] * 8, 20)
@example("a" * 100, "a" * 90 + "b", 17)
@example({"a" * 50: "b" * 50, 1: "c" * 50}, {"a" * 50: "d" * 50, 1: "e" * 50}, 40)
def test_no_text_is_longer_than_asked_or_cannot_be_written(
    value: Any, other: Any, most: int
) -> None:
    """Whatever stands beside it.  A lone surrogate is an escape, as everywhere in a verdict."""
    for beside in (showing.NOTHING, other, value):
        text = showing.shown(value, most, beside=beside)
        assert 0 < len(text) <= most
        text.encode()


@given(TEXTS.filter(bool), st.integers(60, 200))
@example("\U00018cd6", 60)
def test_what_is_cut_says_so_and_how_long_it_is(text: str, most: int) -> None:
    """An ellipsis between expressions of a text, and the size of the whole."""
    long = text * (most // len(text) + 1)
    shown = showing.shown(long, most)
    assert " … " in shown and shown.endswith(f" ({len(long):,} characters)")
    first, _, last = shown.rpartition(" (")[0].partition("' … '")
    if '" … ' not in shown and ' … "' not in shown:
        assert long.startswith(eval(f"{first}'")) and long.endswith(eval(f"'{last}"))


@given(st.text("점심👋ab "), st.text("점심👋ab "), st.integers(0, 400))
@example("심심aa심a", "", 0)
def test_two_long_values_show_where_they_differ(before: str, after: str, more: int) -> None:
    """Texts begin at the same place; bytes have the difference in them, each in its way."""
    one, other = (f"{'x' * more}{before}{sign}{after}{'y' * 400}" for sign in "녕!")
    shown, beside = showing.shown(one, 90, beside=other), showing.shown(other, 90, beside=one)
    start = shown.index("녕")
    assert shown[:start] == beside[:start] and beside[start] == "!"
    left, right = one.encode(), other.encode()
    assert "녕" in showing.shown(left, 90, beside=right)
    assert "!" in showing.shown(right, 90, beside=left)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (HELLO, "'안녕 👋'.encode()"),
        (b"\x81\x0b" + HELLO, r"b'\x81\x0b' + '안녕 👋'.encode()"),
        (b"\x81!" + HELLO + b"\x89\x00", r"b'\x81!' + '안녕 👋'.encode() + b'\x89\x00'"),
        (b"POST / HTTP/1.1\r\n\r\n" + HELLO, r"'POST / HTTP/1.1\r\n\r\n안녕 👋'.encode()"),
        (b"ok\r\n", r"b'ok\r\n'"),
        ("안".encode(), "'안'.encode()"),
        (b"\x9c" + "안".encode() + b"\x9c", r"b'\x9c\xec\x95\x88\x9c'"),
        ([HELLO, "안녕", 7], "['안녕 👋'.encode(), '안녕', 7]"),
        ("half \ud83d", r"'half \ud83d'"),
        (NotPlain("Box", "<Box \ud83d at 0x7f0b>"), r"<Box \ud83d>, which is of type Box"),
        (RAISED, f"no value; it raised KeyError: 'x' (line 3 in f)\n{RAISED.lines}"),
    ],
)  # fmt: skip
def test_bytes_of_text_are_shown_as_text(value: Any, text: str) -> None:
    """And other bytes as Python writes them; a single syllable among them may be chance."""
    assert showing.shown(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a" * 5000, "'aaaaaaaaaa' … 'aaaaa' (5,000 characters)"),
        (HELLO * 9, "'안녕 👋'.encode() … ' 👋'.encode() (99 bytes)"),
        ([*range(1000)], "[0, 1, 2, 3, 4, 5, …, 999] (1,000 items)"),
        ((b"a" * 500, True), "(b'aaaaaaaaa' … b'aaaa' (500 bytes), True)"),
        ({n: n for n in range(500)}, "{0: 0, 1: 1, 2: 2, 3: 3, …} (500 entries)"),
        ({*range(500)}, "{0, 1, 10, 100, 101, 102, …} (500 items)"),
        (10**50, "1000000000000000000000000000…0000000000000"),
        pytest.param(1 << 20_000, "an int of 20,001 bits", id="huge"),
    ],
)  # fmt: skip
def test_a_long_value_is_cut_in_the_middle(value: Any, text: str) -> None:
    assert showing.shown(value, 42) == text


def test_the_item_that_differs_is_the_one_that_is_shown() -> None:
    """Here the five hundredth; inside it, again, the part that differs."""
    right = [f"message {n}" for n in range(900)]
    other = [*right[:500], f"message 500{'x' * 300}", *right[501:]]
    assert (
        showing.shown(right, 60, beside=other) == "[…, 'message 499', 'message 500', …] (900 items)"
    )
    told = showing.shown(other, 90, beside=right)
    assert told.startswith("[…, 'message 499', … 'ge 500xxx") and told.endswith("] (900 items)")
    both = ({"a": "x" * 200 + "!" + "z" * 200}, {"a": "x" * 200 + "?" + "z" * 200})
    assert "x!z" in showing.shown(both[0], 60, beside=both[1])


def test_a_huge_value_takes_no_time() -> None:
    """What is not shown is not written, either: all of it would never come to an end."""
    deep: list[Any] = []
    for _ in range(3000):
        deep = [deep, deep]
    itself: list[Any] = [1]
    itself.append(itself)
    wide = [["점심" * 1_000_000] * 1_000_000, b"\xff" * 10_000_000, {"k": [deep] * 1000}]
    for value in (deep, itself, wide, dict.fromkeys(range(1_000_000)), (wide,) * 8):
        assert len(showing.shown(value)) <= showing.LONGEST


def test_a_call_and_its_result_are_a_sentence() -> None:
    """Also if it raised, and if the line would be too long."""
    assert showing.told("f(2)", 6) == "f(2) gave 6"
    assert (
        showing.told("f(2)", RAISED) == f"f(2) raised KeyError: 'x' (line 3 in f)\n{RAISED.lines}"
    )
    assert showing.told("", RAISED).startswith("it raised KeyError")
    assert showing.told("", 6) == "6"
    assert showing.told(f"f({'2' * 97})", 6) == f"f({'2' * 97})\ngave 6"
    assert showing.told(f"{'a story ' * 40}\nthen f(2)", 6).endswith("\nthen f(2) gave 6")
    assert showing.told("f(2)\n", 6) == "f(2) gave 6"
    assert f"f(2) {showing.gave(RAISED)}" == showing.told("f(2)", RAISED)
    assert f"f(2) gave {showing.shown(RAISED)}".startswith("f(2) gave no value; it raised KeyError")
    assert showing.brief(HELLO, 6) == "'안녕'.encode()…"
