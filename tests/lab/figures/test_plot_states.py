"""A state machine's diagram says what its table says."""

from __future__ import annotations

import importlib
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from matplotlib.patches import FancyArrowPatch

from course_lib.errors import LocalError
from course_lib.lab.figures import plot_states
from course_lib.wire.websocket import closing

ROOT = Path(__file__).resolve().parents[3]

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


def machines() -> dict[str, plot_states.Table]:
    """Each table on which a state machine of the library runs, by its module."""
    found = {}
    for path in sorted((ROOT / "course_lib").rglob("*.py")):
        if "lab" not in path.relative_to(ROOT).parts and re.search(
            r"^TABLE\b", path.read_text("utf-8"), re.MULTILINE
        ):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name] = importlib.import_module(name).TABLE
    return found


@pytest.mark.parametrize("name", machines())
def test_the_machines_of_the_library_are_drawn_edge_by_edge(name: str) -> None:
    """An arrow for each pair of states, beside it every event that leads from one to the other."""
    table = machines()[name]
    plot = plot_states.states(table, name=name)
    drawing = plot._figure
    assert drawing is not None
    (axes,) = drawing.axes
    arrows = [one for one in axes.patches if isinstance(one, FancyArrowPatch)]
    edges: dict[tuple[str, str], list[str]] = {}
    for (state, event), target in table.items():
        edges.setdefault((state, target), []).append(event)
    assert len(arrows) == len(edges) + 1  # and the one that leads to the first state
    written = Counter(" ".join(text.get_text().split()) for text in axes.texts)
    states = {state for state, _ in table} | set(table.values())
    assert written == Counter(states) + Counter(" ".join(events) for events in edges.values())
    places = plot_states._places(table)
    wide = plot_states._width(places)
    for (source, target), arrow in zip(edges, arrows, strict=False):
        path = arrow._path_original  # from box to box, in inches
        for (x, _), state in ((path.vertices[0], source), (path.vertices[-1], target)):
            assert abs(x - places[state][0]) <= wide / 2 + 0.01, (source, target)
    assert plot.png.startswith(b"\x89PNG")


def test_the_end_of_a_websocket_is_one_of_them() -> None:
    """The table that a connection moves through, and nothing else moves it."""
    assert machines()["course_lib.wire.websocket.closing"] is closing.TABLE


def test_an_empty_table_is_refused() -> None:
    """There is nothing to draw, and a blank picture would not say so."""
    with pytest.raises(LocalError, match="empty table"):
        plot_states.states({})
