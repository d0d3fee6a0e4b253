"""Tables of names and marks as a figure: who is in which room, a panel for each namespace.

Lessons 11 and 12.  Builds on: `figure`, `grid`.  Used by: `lab.room_map`.

    /  4 sockets, 3 rooms
              news    cats   muted
    Ada  ──────●───────────────────
    Kim  ──────●───────●───────────

New here: a mark has a shape and a colour of its own, so that colour is not needed.
Left out: rooms as areas; those of four rooms that overlap cannot be read any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import figure, grid
from .figure import GRID, INK, MUTED, WIDTH, Plot
from .grid import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, TITLE, GAP = 0.25, 0.3, 0.2  # inches
LETTER = 0.085
NARROW = 0.55  # of a column
MARKS = {grid.IN: ("o", 0), grid.OUT: ("x", 1), grid.GETS: (">", 2), grid.BET: ("*", 4)}


def rooms(grids: Sequence[Grid], alt: str, caption: str) -> Plot:
    """The figure of these tables, one below the other."""
    grids = [grid.fold(one) for one in grids]
    with figure.look():
        high = sum(map(_height, grids)) + 0.1
        drawing = figure.blank(high)
        drawing.set_layout_engine("none")
        axes = drawing.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(high, 0)
        top = 0.05
        for one in grids:
            _panel(axes, one, top)
            top += _height(one)
    rows = grid.data(grids, "namespace", "socket", "rooms")
    return Plot("rooms", drawing, rows, alt, caption)


def _slanted(one: Grid) -> bool:
    longest = max((len(grid.short(name)) for name in one.columns), default=0)
    return longest * LETTER > _step(one)


def _head(one: Grid) -> float:
    """The height of the names of the columns."""
    if not (one.columns and one.rows):
        return 0.0
    longest = max(len(grid.short(name)) for name in one.columns)
    return 0.2 + longest * LETTER * 0.57 if _slanted(one) else 0.25


def _height(one: Grid) -> float:
    return TITLE + _head(one) + ROW * len(one.rows) + GAP


def _left(one: Grid) -> float:
    """The width of the names of the rows."""
    return 0.35 + LETTER * max((len(grid.short(name)) for name, _ in one.rows), default=0)


def _step(one: Grid) -> float:
    room = WIDTH - _left(one) - NARROW
    return min(1.1, room / max(1, len(one.columns)))


def _panel(axes: Axes, one: Grid, top: float) -> None:
    look: dict[str, Any] = {"fontsize": 9, "color": INK, "parse_math": False, "va": "center"}
    y = top + TITLE / 2
    axes.text(0.1, y, one.title, **look, fontweight="bold")
    beside = 0.3 + LETTER * 1.1 * len(one.title)
    axes.text(beside, y, one.about, **look | {"color": MUTED})
    head, left, step = _head(one), _left(one), _step(one)
    places = [left + step * (index + 0.5) for index in range(len(one.columns))]
    base = top + TITLE + head
    for x, name in zip(places, one.columns, strict=True):
        slant: dict[str, Any] = {"ha": "center"}
        if _slanted(one):
            slant = {"ha": "left", "rotation": 35, "rotation_mode": "anchor"}
        if one.rows:
            axes.text(x, base - 0.1, grid.short(name), **look | slant)
    for number, (name, marks) in enumerate(one.rows):
        y = base + ROW * (number + 0.5)
        axes.text(0.15, y, grid.short(name), **look)
        if places:
            axes.hlines(y, left, places[-1] + step / 2, color=GRID, linewidth=0.8, zorder=1)
        for x, mark in zip(places, marks, strict=True):
            if mark in MARKS:
                shape, place = MARKS[mark]
                color = figure.STYLES[place].color
                axes.plot([x], [y], shape, color=color, markersize=8, mew=2, zorder=3)
            elif mark:
                paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
                axes.text(x, y, mark, **look | {"ha": "center"}, bbox=paper, zorder=3)
