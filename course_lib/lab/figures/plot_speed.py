"""How the time of a call grows with the size of its input: a line for each way to do the same.

Lessons 04 and 11.  Builds on: `figure`.

    time │            ──●   a byte at a time
         │      ──●──   ★   your bet
         │ ●────────────●   all at once
         └──┬─────┬─────┬─
            8    1 k  64 k bytes

New here: both axes are logarithmic.  Where two lines keep their distance, one way is faster by the
same factor at any size; where a line is flat, the time is that of the call itself.
Left out: the spread of the measurements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import LocalError
from . import figure
from .figure import BET_POINT, Plot

Times = Mapping[str, Mapping[int, float]]


def speed(
    times: Times,
    *,
    bet: tuple[int, float] | None = None,
    size: str = "payload",
    unit: str = "bytes",
) -> Plot:
    """`times[name][number]` are seconds for one call; `bet` is a point of it, (number, seconds).

    `size` and `unit` say what the number is.  LocalError when there is nothing to draw, or a time
    that is not above zero.
    """
    if not times or not all(times.values()):
        raise LocalError("a speed needs times: {name: {size: seconds}}")
    if any(seconds <= 0 for each in times.values() for seconds in each.values()):
        raise LocalError("a call takes more than no time; repeat it more often")
    data = [
        {"way": name, unit: number, "us": seconds * 1e6}
        for name, each in times.items()
        for number, seconds in sorted(each.items())
    ]
    with figure.look():
        drawing = figure.blank(3.3)
        axes = drawing.subplots()
        handles: list[Any] = []
        for number, name in enumerate(times):
            look = figure.style(number)
            points = [(row[unit], row["us"]) for row in data if row["way"] == name]
            handles += axes.plot(
                *zip(*points, strict=True),
                color=look.color,
                marker=look.marker,
                linestyle=look.line,
                label=name,
            )
        if bet is not None:
            axes.plot([bet[0]], [bet[1] * 1e6], **BET_POINT)
            handles.append(figure.bet_handle(line=False))
        axes.set_xlabel(f"{size} ({unit}, logarithmic)")
        _axes(axes, sorted({number for each in times.values() for number in each}))
        figure.legend_above(drawing, handles)
        return Plot("speed", drawing, data, _finding(data, unit), _CAPTION)


_CAPTION = (
    "Processor time of one call, the best of several tries. Both axes are logarithmic: a step up "
    "is ten times as long."
)


def _axes(axes: Any, sizes: Sequence[int]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("time of a call (µs, logarithmic)")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _finding(data: Sequence[Mapping[str, Any]], unit: str) -> str:
    """A sentence that compares each way with the first, at the largest size."""
    largest = max(row[unit] for row in data)
    first, *others = [row for row in data if row[unit] == largest]
    said = [f"{first['way']} takes {_us(first['us'])}"]
    for row in others:
        times = first["us"] / row["us"]
        more = f"{times:,.0f} times faster" if times >= 1.5 else "not faster"
        said.append(f"{row['way']} {_us(row['us'])} ({more})")
    return f"For {largest:,} {unit}: {', '.join(said)}."


def _us(value: float) -> str:
    """A time in microseconds: one unit for all, so that they can be compared."""
    return f"{value:,.0f} µs" if value >= 10 else f"{value:.2g} µs"
