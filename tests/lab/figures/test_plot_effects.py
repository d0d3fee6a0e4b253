"""The figure of effects: how often something was done, when messages are lost."""

from __future__ import annotations

import pytest

from course_lib.errors import LocalError
from course_lib.lab import plots

DONE = {"never repeats": [100, 52], "repeats": [100, 203]}


def test_the_data_and_the_words_are_what_was_counted() -> None:
    """The bet is no row of it."""
    plot = plots.effects([0, 0.5], DONE, wanted=100, bet=(0.5, 400))
    assert plot.data == [
        {"lost": 0, "never repeats": 100, "repeats": 100},
        {"lost": 0.5, "never repeats": 52, "repeats": 203},
    ]
    assert "0% to 50% is lost: never repeats: 100 to 52; repeats: 100 to 203." in plot.alt
    assert plot.png.startswith(b"\x89PNG")


def test_a_bet_is_drawn() -> None:
    """One that was not placed is not."""
    bare = plots.effects([0, 0.5], DONE, wanted=100).png
    assert plots.effects([0, 0.5], DONE, wanted=100, bet=(0.5, None)).png == bare
    assert plots.effects([0, 0.5], DONE, wanted=100, bet=(0.5, 120)).png != bare


def test_a_number_that_is_missing_is_noticed() -> None:
    """Each way needs one for each loss."""
    with pytest.raises(LocalError, match="for each of 3 losses"):
        plots.effects([0, 0.1, 0.2], DONE, wanted=100)
