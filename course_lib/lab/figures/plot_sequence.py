"""The sequence diagram as a figure: time runs down, a lane for each end, a slant for each delay.

Lessons 00 and 01 on.  Builds on: `figure`, `diagram`, `plot_lanes`, `folded_time`,
`arrow_places`.

            client                     server
    0 ms    1 GET /x  \\_                 |
                         \\__________>    |
                                         #       the server holds the request (thick)
    ~~~~~~~~~~~~~~~ 950 ms ~~~~~~~~~~~~~~~~~~    nothing happened: the time is folded
                        _________/  200 OK 2

New here: one scale for all slants, so that two delays can be compared by eye, and still seconds of
waiting fit: a stretch in which nothing happens is folded, and says how long it is.
Left out: bytes and fields; more than `MOST` messages (choose with `start`, `stop`, `connections`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from . import arrow_places, figure, folded_time, plot_lanes
from .arrow_places import Label, Place, Room
from .diagram import ARRIVED, HAS_MESSAGE, LOST, UNKNOWN, Diagram
from .figure import INK, MUTED, Plot, count_of, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40  # messages in one figure
LAYERS = {"http": 0, "websocket": 1, "engineio": 2, "socketio": 3, "bytes": 6}
KINDS = {  # near in colour, different in line; grey: what the application never sees
    "engineio polling": figure.style(LAYERS["http"]),  # as what carries them
    "engineio websocket": figure.style(LAYERS["websocket"]),
    "socketio polling": figure.style(LAYERS["http"]),
    "socketio websocket": figure.style(LAYERS["websocket"]),
    "websocket text": figure.style(LAYERS["websocket"]),
    "websocket binary": figure.Style("#8C3A00", "s", (0, (2, 1.5))),
    "websocket control": figure.Style("#767676", "|", (0, (6, 2, 1, 2))),
}
HELD = "#E69F00"
SIZE = 8.5  # points, of a label
AXES, GLYPH = figure.WIDTH - 0.95, 0.068  # inches: the axes beside the times; a column of text


def sequence(diagram: Diagram, *, bet: float | None = None) -> Plot:
    """Draw a diagram, of many messages the first `MOST`.  LocalError if it is empty.

    `bet` is a time in seconds, as the learner guessed it: a line across the lanes.
    """
    if not diagram.arrows and not diagram.marks:
        raise LocalError("nothing to draw: no message and no connection in this time")
    total = len(diagram.arrows)
    if total > MOST:
        diagram = _first(diagram, MOST)
    delays = [a.message.delay for a in diagram.arrows if a.message.delay]
    guessed = [] if bet is None else [bet]
    measured = folded_time.scale([*times(diagram), *guessed], delays)
    with figure.look():
        room = room_for(len(diagram.lanes))
        found = arrow_places.places(diagram, measured, room)
        depth = max([measured.height, *(max(one.y0, one.y1) for one in found)])
        drawing = figure.blank(depth + 1.35)
        axes = drawing.subplots()
        plot_lanes.frame(axes, diagram, measured, room, depth)
        for hold in diagram.holds:
            stop = depth + 0.1 if hold.stop is None else measured.y(hold.stop)
            x, start = hold.lane * room.step, measured.y(hold.start)
            axes.vlines(x, start, stop, color=HELD, linewidth=6, alpha=0.55)
        for place in found:
            _arrow(axes, place)
            _note(axes, place.title, INK)
            _note(axes, place.delay, MUTED)
        names = _legend(diagram)
        for at in guessed:
            axes.axhline(measured.y(at), zorder=3, **figure.BET_LINE)
            names.append(figure.bet_handle(line=True))
        figure.legend_above(drawing, names)
        caption = _caption(diagram, total)
        return Plot("sequence", drawing, diagram.rows(), finding(diagram), caption)


def _first(diagram: Diagram, count: int) -> Diagram:
    arrows = diagram.arrows[:count]
    stop = max(arrow.message.arrived_at or arrow.at for arrow in arrows)
    holds = [hold for hold in diagram.holds if hold.start <= stop]
    marks = [mark for mark in diagram.marks if mark.at <= stop]
    return dataclasses.replace(diagram, arrows=arrows, holds=holds, marks=marks, stop=stop)


def times(diagram: Diagram) -> list[float]:
    """Every time at which something is drawn."""
    found = [mark.at for mark in diagram.marks]
    for arrow in diagram.arrows:
        found += [at for at in (arrow.at, arrow.message.arrived_at) if at is not None]
        found += [at for write in arrow.writes for at in write if at is not None]
    for hold in diagram.holds:
        found += [hold.start, diagram.stop if hold.stop is None else hold.stop]
    return [at for at in found if diagram.start <= at <= diagram.stop]


def look_of(look: str) -> figure.Style:
    """The colour and the line of a layer, or of a kind in it; one for all that are not known."""
    return KINDS.get(look) or figure.style(LAYERS.get(look.partition(" ")[0], 4))


def room_for(lanes: int) -> Room:
    """The inches of a figure in which there are so many lanes, without the times beside them."""
    if lanes <= 2:
        return Room(AXES * 0.30, AXES * 0.35, GLYPH)
    return Room(AXES / (lanes - 1 + 2 * plot_lanes.MARGIN), 0.0, GLYPH)


def _arrow(axes: Axes, place: Place) -> None:
    arrow, style = place.arrow, look_of(place.arrow.message.look)
    for x0, y0, x1, y1 in place.writes:
        axes.plot([x0, x1], [y0, y1], color=style.color, linewidth=0.7, alpha=0.6)
    axes.annotate(
        "",
        (place.x1, place.y1),
        xytext=(place.x0, place.y0),
        arrowprops={
            "arrowstyle": {ARRIVED: "-|>", UNKNOWN: "->"}.get(arrow.fate, "-"),
            "color": style.color,
            "linewidth": 1.5,
            "linestyle": style.line,
            "shrinkA": 0,
            "shrinkB": 1,
            "mutation_scale": 11,
        },
        zorder=4,
    )
    if arrow.fate == LOST:
        axes.plot([place.x1], [place.y1], "x", color=INK, ms=7, markeredgewidth=2, zorder=6)


def _note(axes: Axes, label: Label | None, color: str) -> None:
    if label is not None:
        # parse_math: two $ in a message would be a formula
        look: dict[str, Any] = {"fontsize": SIZE, "zorder": 5, "parse_math": False, "color": color}
        look["bbox"] = {"facecolor": "white", "linewidth": 0, "pad": 0.3, "alpha": 0.85}
        axes.text(label.edge, label.y, label.text, ha=label.align, va="center", **look)


def _legend(diagram: Diagram) -> list[Any]:
    from matplotlib.lines import Line2D

    def line(label: str, **look: Any) -> Line2D:
        return Line2D([], [], label=label, **look)

    handles = [
        line(look, color=look_of(look).color, linestyle=look_of(look).line)
        for look in diagram.looks
    ]
    if diagram.holds:
        handles.append(line("held by the server", color=HELD, linewidth=6, alpha=0.55))
    if any(arrow.fate == LOST for arrow in diagram.arrows):
        handles.append(line("never arrived", color=INK, marker="x", linestyle="none"))
    seen = {mark.what for mark in diagram.marks}
    for what, (shape, inside) in plot_lanes.MARKS.items():
        if what in seen:
            look = {"marker": shape, "mec": INK, "mfc": inside, "linestyle": "none"}
            whose = "server" if what == HAS_MESSAGE else "connection"
            handles.append(line(f"{whose} {what}", **look))
    return handles


def finding(diagram: Diagram) -> str:
    """What the diagram shows, in words and numbers."""
    arrows = diagram.arrows
    *most, last = diagram.looks or [""]
    layers = f" ({', '.join(most)}{' and ' if most else ''}{last})" if last else ""
    connections = len({mark.connection for mark in diagram.marks})
    parts = [f"{count_of(len(arrows), 'message')}{layers}"]
    parts.append(f"on {count_of(connections, 'connection')}" if connections else "")
    delays = [arrow.message.delay for arrow in arrows if arrow.message.delay is not None]
    if delays:
        parts.append(f"each {_range(delays)} on the way")
    held = [hold.stop - hold.start for hold in diagram.holds if hold.stop is not None]
    if held:
        parts.append(f"requests held by the server for {_range(held)}")
    if lost := sum(arrow.fate == LOST for arrow in arrows):
        parts.append(f"{lost} never arrived")
    return ", ".join(part for part in parts if part) + "."


def _range(seconds: Sequence[float]) -> str:
    low, high = duration(min(seconds)), duration(max(seconds))
    return low if low == high else f"{low} to {high}"


def _caption(diagram: Diagram, total: int) -> str:
    name = f"{diagram.name}: what" if diagram.name else "What"
    text = f"{name} was said, and when; time runs down"
    if total > len(diagram.arrows):
        text += f"; the first {len(diagram.arrows)} of {total} messages"
    if any(arrow.fate == UNKNOWN for arrow in diagram.arrows):
        text += "; a level arrow was recorded at one end only"
    return text + "."
