"""The frame of a sequence diagram: lanes, the states of connections, and the folded time.

Lessons 00 and 01 on.  Builds on: `figure`, `diagram`, `folded_time`.  Used by: `plot_sequence`,
`lab._inspector.scene`.

        client          server
    0 ms  o               |         o opened; the lane is dark while a connection is open there
    :900 ms:  ~~~~~~~~~~~~~~        a grey band where time is folded
    925 ms  #             #         closed (white) or broken (black)

New here: nothing that is not in the diagram's rows.
Left out: the messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .arrow_places import Room
from .diagram import HAS_MESSAGE, Diagram, Lane, Mark, ms
from .figure import GRID, INK, MUTED, duration
from .folded_time import LABEL, Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN = 0.3  # beside the outer of several lanes, as a part of the way from lane to lane
FOLD_BAND = "#F3F3F3"
MARKS = {  # marker, colour of its inside
    "opened": ("o", "white"),
    "closed": ("s", "white"),
    "broke": ("s", INK),
    "refused": ("D", INK),
    HAS_MESSAGE: ("*", "#F0E442"),
}


def frame(axes: Axes, diagram: Diagram, measured: Scale, room: Room, depth: float) -> None:
    """Draw everything but the messages; `depth` inches below the first time is the last."""
    lanes = diagram.lanes
    margin = room.outside or MARGIN * room.step
    for start, stop in measured.folded:
        top, bottom = measured.y(start) + 0.1, measured.y(stop) - 0.1
        axes.axhspan(top, bottom, color=FOLD_BAND, linewidth=0, zorder=0)
    for index, lane in enumerate(lanes):
        x = index * room.step
        axes.vlines(x, -0.08, depth + 0.1, color=GRID, linewidth=1.0, zorder=1)
        marks = [mark for mark in diagram.marks if mark.lane == index]
        _open_stretches(axes, x, lane, marks, measured, depth)
        title = f"{lane.title}\n{lane.address}" if lane.address else lane.title
        look: dict[str, Any] = {"fontsize": 9, "color": INK, "parse_math": False}
        axes.text(x, -0.18, title, ha="center", va="bottom", **look)
    axes.set_xlim(-margin, (len(lanes) - 1) * room.step + margin)
    axes.set_ylim(depth + 0.12, -0.62)
    axes.set_xticks([])
    _time_axis(axes, measured)


def _open_stretches(
    axes: Axes, x: float, lane: Lane, marks: Sequence[Mark], measured: Scale, depth: float
) -> None:
    """Draw the lane darker while a connection is open there."""
    for number in lane.connections:
        mine = {mark.what: mark.at for mark in marks if mark.connection == number}
        ends = [at for what, at in mine.items() if what in ("closed", "broke")]
        if "refused" not in mine and lane.recorded:
            top = measured.y(mine.get("opened", measured.times[0]))
            bottom = measured.y(ends[0]) if ends else depth + 0.1
            axes.vlines(x, top, bottom, color=MUTED, linewidth=1.6, zorder=2)
    for mark in marks:
        shape, inside = MARKS[mark.what]
        look: dict[str, Any] = {"markersize": 5, "mec": INK, "mfc": inside}
        axes.plot([x], [measured.y(mark.at)], shape, zorder=6, **look)


def ticks(measured: Scale) -> list[tuple[float, str]]:
    """(inches, text): the time where each stretch begins; in between, how much is folded.

    A text that would cover another is left out, the folds first.
    """
    begins = [measured.times[0], *(stop for _, stop in measured.folded)]
    wanted = [(measured.y(at), ms(at)) for at in begins]
    if not measured.folded or measured.height - measured.y(begins[-1]) > 2 * LABEL:
        wanted.append((measured.height, ms(measured.times[-1])))
    wanted += [
        ((measured.y(start) + measured.y(stop)) / 2, f"⋮ {duration(stop - start)} ⋮")
        for start, stop in measured.folded
    ]
    places: list[tuple[float, str]] = []
    for y, text in wanted:
        if all(abs(y - other) >= LABEL for other, _ in places):
            places.append((y, text))
    return places


def _time_axis(axes: Axes, measured: Scale) -> None:
    places = ticks(measured)
    axes.set_yticks([y for y, _ in places], [text for _, text in places], fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("time, downwards", fontsize=9)
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
