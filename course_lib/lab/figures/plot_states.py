"""The diagram of a state machine, drawn from the table that the program runs on.

Primer p3, and every lesson with a table.  Builds on: `figure`.

    TABLE = {("open", "close"): "closing",       ●─▶ open ──close──▶ closing
             ("closing", "close"): "closed"}                            │ close
                                                                     ((closed))
    states(TABLE)

States stand in the order in which the table names them; final states, which no event leaves, stand
below, with a double edge.  A step to a later state is a straight arrow, to an earlier one an arc,
to the same one a loop.

New here: table and picture cannot disagree, since the picture is drawn from the table.
Left out: a layout for more than about six states in a row.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import LocalError
from . import figure
from .figure import INK, MUTED, WIDTH, Plot, count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Table = Mapping[tuple[str, str], str]
Point = tuple[float, float]

TOP, BOTTOM = 1.25, 0.0  # inches above the lower row
TALL, MARGIN, GAP = 0.36, 0.75, 0.045  # of a box; beside the row; between double edges
LETTER = 0.069  # of a label
EDGE = "#0072B2"


def states(table: Table, *, name: str = "state machine") -> Plot:
    """The machine of `{(state, event): next state}`; it begins in the state that comes first.

    `.data` is the table, a row for each entry.  LocalError for an empty table.
    """
    if not table:
        raise LocalError("an empty table has no states to draw")
    arrows = _arrows(table)
    with figure.look():
        places = _places(table)
        wide = _width(places)
        high = _height(arrows, places)
        low = min(y for _, y in places.values()) - TALL
        drawing = figure.blank(high + 0.3 - low)
        drawing.set_layout_engine("none")
        axes = drawing.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        left = next(iter(places.values()))[0] - wide / 2 - 0.45  # of the dot before it
        axes.set_xlim(min(0, left), WIDTH)
        axes.set_ylim(low, high + 0.3)
        for (source, target), events in arrows.items():
            _arrow(axes, places, wide, source, target, "\n".join(events))
        first = next(iter(places))
        for state, place in places.items():
            _box(axes, place, wide, state, ends=not _leaves(table, state))
        x, y = places[first]
        _line(axes, [(x - wide / 2 - 0.32, y), (x - wide / 2, y)])
        axes.plot([x - wide / 2 - 0.34], [y], "o", color=INK, markersize=6)
    data = [{"state": s, "event": e, "next state": n} for (s, e), n in table.items()]
    return Plot("states", drawing, data, _finding(table, places, name), f"{name}, from its table.")


def _leaves(table: Table, state: str) -> bool:
    return any(source == state for source, _ in table)


def _arrows(table: Table) -> dict[tuple[str, str], list[str]]:
    """(state, next state) → the events that lead there."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), target in table.items():
        arrows.setdefault((state, target), []).append(event)
    return arrows


def _places(table: Table) -> dict[str, Point]:
    """Where each state stands.  A final state is below those that lead to it, as near as it can."""
    row = list(dict.fromkeys(source for source, _ in table))
    step = (WIDTH - 2 * MARGIN - 0.2) / max(1, len(row) - 1)
    places = {state: (MARGIN + 0.2 + i * step, TOP) for i, state in enumerate(row)}
    ends = [state for state in dict.fromkeys(table.values()) if state not in places]
    wanted: dict[str, float] = {}
    for end in ends:
        before = [places[s][0] for (s, _), target in table.items() if target == end]
        wanted[end] = sum(before) / len(before)
    ends.sort(key=lambda end: wanted[end])
    gap = min(1.7, (WIDTH - 2 * MARGIN) / max(1, len(ends) - 1))
    at = -math.inf
    for left, end in enumerate(ends):
        latest = WIDTH - MARGIN - gap * (len(ends) - 1 - left)
        at = min(max(wanted[end], at + gap), latest)
        places[end] = (at, BOTTOM)
    return places


def _width(places: Mapping[str, Point]) -> float:
    """The width of a box: room for the longest name."""
    return max(0.75, 0.16 + 0.08 * max(len(state) for state in places))


def _height(arrows: Mapping[tuple[str, str], Sequence[str]], places: Mapping[str, Point]) -> float:
    """The height of the figure, with the loops and arcs above the upper row."""
    needed = [TOP + TALL / 2]
    wide = _width(places)
    row = [state for state, place in places.items() if place[1] == TOP]
    for (source, target), events in arrows.items():
        if source in row and target in row and row.index(source) >= row.index(target):
            needed.append(TOP + _rise(row.index(source) - row.index(target)) + 0.13 * len(events))
        elif source in row and target in row and row.index(target) > row.index(source) + 1:
            needed.append(TOP + _rise(row.index(target) - row.index(source)) + 0.13 * len(events))
        elif source in row and target in row:
            lines = _lines("\n".join(events), places[target][0] - places[source][0] - wide)
            needed.append(TOP + 0.04 + 0.13 * len(lines))
    return max(needed)


def _lines(text: str, room: float) -> list[str]:
    """The events in lines that fit between two boxes, `room` inches apart."""
    columns = max(8, int(room / LETTER))
    return [line for event in text.split("\n") for line in textwrap.wrap(event, columns)]


def _rise(distance: int) -> float:
    """How high a loop (0) or an arc over so many states goes above their middle."""
    return TALL / 2 + (0.3 if distance == 0 else 0.36 + 0.4 * distance)


def _arrow(
    axes: Axes, places: Mapping[str, Point], wide: float, source: str, target: str, text: str
) -> None:
    (x, y), (to_x, to_y) = places[source], places[target]
    row = [state for state, place in places.items() if place[1] == TOP]
    if to_y != y:
        points = [(x, y - TALL / 2), (to_x + 0.22 * _sign(x - to_x, wide), to_y + TALL / 2 + GAP)]
        _line(axes, points)
        _label(axes, _between(points, 0.42), text)
        return
    distance = row.index(target) - row.index(source)
    if distance == 1:
        points = [(x + wide / 2, y), (to_x - wide / 2, y)]
        _line(axes, points)
        text = "\n".join(_lines(text, to_x - x - wide))
        _label(axes, (_between(points, 0.46)[0], y + 0.04), text, "bottom")
        return
    # A curve whose top is `rise` above the middle of the row.
    rise, foot = _rise(abs(distance)), y + TALL / 2
    side = 0.14 if distance == 0 else 0.05 if distance > 0 else -0.24
    start, end = (x + side, foot), (to_x - side, foot)
    control = y + (rise - TALL / 2) * 4 / 3 + TALL / 2
    _line(axes, [start, (start[0], control), (end[0], control), end], curved=True)
    _label(axes, ((start[0] + end[0]) / 2, y + rise + 0.05), text, "bottom")


def _sign(difference: float, wide: float) -> float:
    """Which part of its target an arrow from above meets: -1 left, 0 middle, 1 right."""
    return 0.0 if abs(difference) < wide / 4 else math.copysign(1, difference)


def _between(points: Sequence[Point], share: float) -> Point:
    (x, y), (to_x, to_y) = points
    return x + share * (to_x - x), y + share * (to_y - y)


def _line(axes: Axes, points: Sequence[Point], *, curved: bool = False) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    rest = [Path.CURVE4 if curved else Path.LINETO] * (len(points) - 1)
    path = Path(list(points), [Path.MOVETO, *rest])
    axes.add_patch(
        FancyArrowPatch(
            path=path, arrowstyle="-|>", mutation_scale=11, color=MUTED, linewidth=1.3, zorder=1
        )
    )


def _label(axes: Axes, place: Point, text: str, vertical: str = "center") -> None:
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.text(
        *place,
        text,
        ha="center",
        va=vertical,
        fontsize=9,
        linespacing=1.05,
        bbox=behind if vertical == "center" else None,
        zorder=2,
    )


def _box(axes: Axes, place: Point, wide: float, state: str, *, ends: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    for larger in (GAP, 0.0) if ends else (0.0,):
        corner = (place[0] - wide / 2 - larger, place[1] - TALL / 2 - larger)
        axes.add_patch(
            FancyBboxPatch(
                corner,
                wide + 2 * larger,
                TALL + 2 * larger,
                boxstyle="round,pad=0,rounding_size=0.1",
                facecolor="white",
                edgecolor=EDGE,
                linewidth=1.5,
                zorder=3,
            )
        )
    axes.text(*place, state, ha="center", va="center", fontsize=9.5, weight="bold", zorder=4)


def _finding(table: Table, places: Mapping[str, Point], name: str) -> str:
    ends = [state for state in places if not _leaves(table, state)]
    steps = "; ".join(f"{s}, on {e}: {n}" for (s, e), n in table.items())
    closing = f" It ends in {' or '.join(ends)}." if ends else " It never ends."
    return (
        f"{name}: {count_of(len(places), 'state')}, beginning with {next(iter(places))}. "
        f"{steps}.{closing}"
    )
