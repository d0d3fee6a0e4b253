"""A state machine's diagram says what its table says."""

from __future__ import annotations

import itertools

import pytest

from course_lib.errors import LocalError
from course_lib.lab.figures import plot_states

TABLE = {
    ("start", "byte"): "body",
    ("body", "byte"): "body",
    ("body", "last byte"): "start",
    ("start", "end"): "closed",
    ("body", "end"): "broken",
}


def test_the_data_is_the_table() -> None:
    """A row for each entry, in the order of the table."""
    plot = plot_states.states(TABLE)
    assert [tuple(row.values()) for row in plot.data] == [(s, e, n) for (s, e), n in TABLE.items()]


def test_the_words_name_beginning_every_step_and_the_ends() -> None:
    """Whoever cannot see the picture has all of it in words."""
    alt = plot_states.states(TABLE, name="Reader").alt
    assert alt.startswith("Reader: 4 states, beginning with start. ")
    assert "body, on last byte: start" in alt
    assert alt.endswith("It ends in closed or broken.")
    assert plot_states.states({("a", "x"): "a"}).alt.endswith("It never ends.")


@pytest.mark.parametrize("count", [1, 2, 6])
def test_machines_of_any_length_are_drawn_inside_the_picture(count: int) -> None:
    """States in a row, loops, long arcs both ways, and as many ends as states."""
    table = {(f"s{i}", "on"): f"s{(i + 1) % count}" for i in range(count)}
    table |= {(f"s{i}", "stay"): f"s{i}" for i in range(count)}
    table |= {(f"s{i}", "end"): f"end {i}" for i in range(count)}
    table[("s0", "jump")] = f"s{count - 1}"
    plot = plot_states.states(table)
    assert plot.png.startswith(b"\x89PNG")
    places = plot_states._places(table)
    wide = plot_states._width(places)
    assert len(places) == 2 * count
    for y in (plot_states.TOP, plot_states.BOTTOM):
        row = sorted(x for x, at in places.values() if at == y)
        assert row[0] >= wide / 2
        assert row[-1] <= plot_states.WIDTH - wide / 2
        assert all(b - a > wide for a, b in itertools.pairwise(row))


def test_an_empty_table_is_refused() -> None:
    """There is nothing to draw, and a blank picture would not say so."""
    with pytest.raises(LocalError, match="empty table"):
        plot_states.states({})
