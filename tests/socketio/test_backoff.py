"""Back-off: the reference's formula, and what of it must hold for any options."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.socketio import Manager
from course_lib.socketio.backoff import delay


def reference(attempt: int, drawn: float, first: int, most: int, factor: float) -> int:
    """L.8, in milliseconds, as the specification writes it."""
    wait = first * 2 ** (attempt - 1)
    deviation = math.floor(drawn * factor * wait)
    wait = wait - deviation if math.floor(drawn * 10) % 2 == 0 else wait + deviation
    return int(min(wait, most))


@given(
    attempt=st.integers(1, 30),
    drawn=st.floats(0, 1, exclude_max=True),
    first=st.integers(1, 10_000),
    most=st.integers(1, 100_000),
    factor=st.sampled_from([0.1, 0.25, 0.5, 1]),
)
def test_a_delay_is_the_references(attempt, drawn, first, most, factor):
    seconds = delay(
        attempt, first=first / 1000, most=most / 1000, factor=factor, chance=lambda: drawn
    )
    expected = reference(attempt, drawn, first, most, factor)
    assert abs(seconds * 1000 - expected) <= 1  # seconds are no whole number of milliseconds


@pytest.mark.parametrize(
    ("attempt", "least", "most"), [(1, 0.5, 1.5), (2, 1, 3), (3, 2, 5), (4, 4, 5), (5, 5, 5)]
)
def test_the_defaults_spread_as_the_specification_says(attempt, least, most):
    chance = random.Random(7).random
    drawn = [delay(attempt, chance=chance) for _ in range(2000)]
    # A draw below 0.9 takes away, one above adds: so 0.45 of the wait is the most that it takes.
    assert least <= min(drawn) <= least * 1.11 and most * 0.98 <= max(drawn) <= most


@given(st.integers(1, 10**9), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1))
def test_a_delay_is_never_over_the_maximum(attempt, first, most, factor):
    assert 0 <= delay(attempt, first=first, most=most, factor=factor) <= most


def test_without_a_factor_there_is_no_chance():
    def never() -> float:
        raise AssertionError

    waits = [delay(attempt, factor=0, chance=never) for attempt in range(1, 6)]
    assert waits == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(
    "options",
    [
        {"reconnection_delay": -1},
        {"reconnection_delay": "1"},
        {"reconnection_delay_max": math.nan},
        {"reconnection_attempts": -1},
        {"randomization_factor": 1.5},
        {"randomization_factor": None},
        {"should_retry": True},
        {"reconnection": "no"},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options):
    with pytest.raises(LocalError, match=next(iter(options))):
        Manager("http://127.0.0.1:1", **options)
