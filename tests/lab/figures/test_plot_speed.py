"""The figure of speeds: its data, what it says, and what it cannot draw."""

from __future__ import annotations

import pytest

from course_lib.errors import LocalError
from course_lib.lab import plots

TIMES = {
    "one by one": {65_536: 0.0026, 8: 0.6e-6},
    "at once": {8: 0.3e-6, 65_536: 70e-6},
    "again": {8: 0.3e-6, 65_536: 0.0025},
}


def test_the_data_is_a_row_for_each_point_in_order_of_size() -> None:
    """In microseconds, which are what is drawn."""
    rows = [(row["way"], row["bytes"], round(row["us"], 3)) for row in plots.speed(TIMES).data]
    assert rows == [
        ("one by one", 8, 0.6),
        ("one by one", 65_536, 2600.0),
        ("at once", 8, 0.3),
        ("at once", 65_536, 70.0),
        ("again", 8, 0.3),
        ("again", 65_536, 2500.0),
    ]


def test_it_says_how_many_times_faster_each_is_at_the_largest_size() -> None:
    """Computed from the data; what is hardly faster is not called so."""
    assert plots.speed(TIMES).alt == (
        "For 65,536 bytes: one by one takes 2,600 µs, at once 70 µs (37 times faster), "
        "again 2,500 µs (not faster)."
    )


def test_a_size_may_be_something_else() -> None:
    """Receivers, and not the bytes of a payload."""
    plot = plots.speed({"once": {10: 1e-3}}, size="receivers", unit="sockets")
    assert plot.data == [{"way": "once", "sockets": 10, "us": 1000.0}]
    assert plot.alt == "For 10 sockets: once takes 1,000 µs."
    assert plot.png != plots.speed({"once": {10: 1e-3}}).png  # the axis says so, too


def test_a_bet_changes_the_picture_and_not_the_data() -> None:
    """The star is drawn, and the table holds what was measured."""
    with_bet, without = plots.speed(TIMES, bet=(65_536, 0.0005)), plots.speed(TIMES)
    assert with_bet.png != without.png
    assert with_bet.data == without.data


@pytest.mark.parametrize("times", [{}, {"nothing": {}}, {"no time": {8: 0.0}}])
def test_what_cannot_be_drawn_is_said(times: dict[str, dict[int, float]]) -> None:
    """A logarithm has no place for zero."""
    with pytest.raises(LocalError):
        plots.speed(times)
