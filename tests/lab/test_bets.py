"""Bets: placed or not, right or wrong, in words."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.errors import LocalError
from course_lib.lab import bets, plots
from course_lib.lab.metrics import Delivery
from course_lib.lab.runs import Run


@pytest.fixture(autouse=True)
def _no_bet_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bets, "_open", {})


def test_a_bet_is_nothing_until_it_is_placed() -> None:
    """Run All does not stop at it."""
    bet = bets.bet("Median latency?", unit="ms")
    assert (bet.value, bet.seconds, bet.or_else(250)) == (None, None, 250.0)
    assert repr(bet) == "Median latency?\n(no bet yet; as a call: bet.place(…))"
    assert bet.reveal(612).text == "No bet was placed. It is 612 ms."


def test_a_bet_can_be_changed_until_the_result_is_known() -> None:
    """Afterwards it stays, and both can be compared."""
    bet = bets.bet("Median latency?", unit="ms")
    bet.place(400)
    bet.place("500 ms")
    assert (bet.value, bet.seconds, bet.or_else(1)) == (500.0, 0.5, 500.0)
    assert bet.reveal(612).text == "You bet 500 ms. It is 612 ms: 18% too low."
    with pytest.raises(LocalError, match="the bet stays 500 ms"):
        bet.place(612)
    assert bet.value == 500.0
    assert repr(bet).endswith("18% too low.")


def test_a_cell_that_runs_again_keeps_its_bet() -> None:
    """After a click on the button, Shift+Enter runs the cell once more; a known result is over."""
    placed = bets.bet("Median latency?", unit="ms")
    placed.place(400)
    again = bets.bet("Median latency?", unit="ms")
    assert again is placed and "(your bet: 400 ms" in repr(again)
    assert bets.bet("Median latency?", unit="s").value is None
    assert bets.bet("Median latency?", choices=["400 ms", "a second"]).value is None
    again.reveal(612)
    assert bets.bet("Median latency?", unit="ms").value is None


@pytest.mark.parametrize(
    ("guess", "actual", "said"),
    [
        (100, 100, "exactly"),
        (100, 103, "nearly right"),
        (300, 100, "too high by a factor of 3"),
        (10, 12_345, "too low by a factor of 1,200"),
        (0, 5, "off by 5"),
        (5, 0, "off by 5"),
        (-3, 4, "off by 7"),
        (130, 100, "30% too high"),
        (9, math.inf, "it never came"),
    ],
)
def test_the_difference_is_said_in_words(guess: float, actual: float, said: str) -> None:
    """Near, far, and where a ratio has no meaning."""
    bet = bets.bet("How many?")
    bet.place(guess)
    assert bet.reveal(actual).text.endswith(f": {said}.")


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False))
def test_any_two_numbers_can_be_compared(guess: float, actual: float) -> None:
    """No bet makes the cell fail."""
    bet = bets.bet("How many?", unit="s")
    bet.place(guess)
    assert bet.reveal(actual).text.startswith("You bet ")


def test_a_bet_may_be_one_of_several_choices() -> None:
    """Any other is refused."""
    bet = bets.bet("Which is faster?", choices=["short", "long"])
    assert repr(bet).splitlines()[1:] == [
        "  - short",
        "  - long",
        "(no bet yet; as a call: bet.place('short'))",
    ]
    with pytest.raises(LocalError, match="choose one of short, long"):
        bet.place("both")
    bet.place("short")
    assert bet.reveal("long").text == "You bet short. It is long."
    again = bets.bet("Which?", choices=["short", "long"])
    again.place("long")
    assert again.reveal("long").text == "You bet long, and so it is."


@pytest.mark.parametrize("value", ["", "many", "nan", math.inf, "1,5", "500 s"])
def test_what_is_no_number_is_not_a_bet(value: float | str) -> None:
    """The bet before it stays."""
    bet = bets.bet("Median latency?", unit="ms")
    bet.place(7)
    with pytest.raises(LocalError, match="a number is needed, in ms"):
        bet.place(value)
    assert bet.value == 7.0


def test_wrong_questions_are_refused() -> None:
    """One choice is none; requests are no time."""
    for choices in (["only"], ["twice", "twice"]):
        with pytest.raises(LocalError, match="two choices or more"):
            bets.bet("?", choices=choices)
    with pytest.raises(LocalError, match="no unit of time"):
        _ = bets.bet("?", unit="requests").seconds


def test_a_figure_draws_the_bet() -> None:
    """Placed or not, its seconds are what `plots` takes."""
    run = Run("one", [Delivery(0.0, 0.0, 0.3, "a"), Delivery(1.0, 1.0, 1.2, "a")])
    bet = bets.bet("Median latency?", unit="ms")
    without = plots.latency([run], model=None, bet=bet.seconds)
    bet.place(500)
    assert plots.latency([run], model=None, bet=bet.seconds).png != without.png


def test_a_figure_with_two_axes_draws_the_bet_as_a_point() -> None:
    """Where it lies on the other axis is said by whoever draws; unplaced, there is no point."""
    bet = bets.bet("Median latency, asking every 500 ms?", unit="ms")
    assert bet.at(0.5) is None
    bet.place(350)
    assert bet.at(0.5) == (0.5, pytest.approx(0.35))


def test_the_widget_places_what_the_call_places() -> None:
    """A click on the button; what is no number is said; the result closes it."""
    bet = bets.bet("Median latency < 1 s?", unit="ms")
    bundle = bet._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "Median latency &lt; 1 s?" in bundle["text/html"]
    bet.button.click()
    assert "Not placed: a number is needed, in ms." in bet.status.value
    bet.entry.value = "500"
    bet.button.click()
    assert bet.value == 500.0 and "Your bet: 500 ms." in bet.status.value
    bet.place(450)
    assert bet.entry.value == "450"
    bet.reveal(612)
    assert bet.entry.disabled and bet.button.disabled
    assert "Your bet: 450 ms. The result is known." in bet.status.value
    assert bet.widgets() is bet.widgets()


def test_a_bet_is_said_as_it_was_placed() -> None:
    """A result is rounded for reading, what the learner typed is not."""
    bet = bets.bet("How many bytes?", unit="bytes")
    bet.widgets()
    bet.place(1_234_567)
    assert "Your bet: 1,234,567 bytes." in bet.status.value
    bet.button.click()
    assert bet.value == 1_234_567.0
    said = bet.reveal(2_345_678).text
    assert said.startswith("You bet 1,234,567 bytes. It is 2,346,000 bytes: ")


def test_the_widget_of_choices_places_one() -> None:
    """Without a choice nothing is placed."""
    bet = bets.bet("Which?", choices=["short", "long"])
    bet.widgets()
    bet.button.click()
    assert bet.value is None and "choose one of short, long" in bet.status.value
    bet.entry.value = "long"
    bet.button.click()
    assert bet.value == "long"


def test_the_call_in_words_names_the_variable_that_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That of the notebook; not `_`, in which IPython keeps the last value."""
    bet = bets.bet("Which?", choices=["short", "long"])
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "_9", bet, raising=False)
    assert "as a call: bet.place('short')" in repr(bet)
    monkeypatch.setattr(main, "tail_bet", bet, raising=False)
    assert "as a call: tail_bet.place('short')" in repr(bet)
