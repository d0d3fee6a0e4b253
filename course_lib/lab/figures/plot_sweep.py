"""Latency against the polling interval, measured and from the model.

Lessons 01 and 02.  Builds on: `figure`, `plot_latency`, `lab.runs`, `lab.models`.

    median │        / model     a line for each link: T/2 + RTT/2
           │   ● /              a point for each run
           │ /
           └──────── interval T

New here: model, measurement and the learner's bet in one figure.
Left out: the tail; see `plot_percentiles`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import models
from ..runs import Run
from . import figure
from .figure import BET_POINT, MUTED, Plot, duration
from .plot_latency import ModelOf, agreement, by_rtt, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def sweep(
    runs: Sequence[Run],
    model: ModelOf | None = models.of,
    *,
    bet: tuple[float, float] | None = None,
    log: bool = False,
) -> Plot:
    """Median latency against the polling interval, a line for each round-trip time.

    Points are runs, lines are the model at all intervals.  Fixed periods and pauses have a panel
    each.  A run without an interval (long polling) is a level line.  `bet` is (interval, latency)
    in seconds.
    """
    runs = measured(runs)
    polls = [run for run in runs if "interval" in run.details]
    levels = [run for run in runs if "interval" not in run.details]
    pauses = sorted({bool(run.details.get("pause")) for run in polls})
    rtts = list(by_rtt(runs))
    names = list(dict.fromkeys(run.label for run in levels))
    data = [_sweep_row(run, model) for run in runs]
    medians, intervals = [run.median for run in runs], [run.details["interval"] for run in polls]
    log = log and figure.has_logarithm(medians) and figure.has_logarithm(intervals)
    with figure.look():
        drawing = figure.blank(3.9)
        panels = drawing.subplots(1, max(1, len(pauses)), sharey=True, squeeze=False)[0]
        for axes, pause in zip(panels, pauses or [False], strict=True):
            for index, rtt in enumerate(rtts):
                of_link = [run for run in polls if run.details.get("rtt") == rtt]
                series = [run for run in of_link if bool(run.details.get("pause")) is pause]
                _sweep_line(axes, series, figure.style(index), model)
                for run in (run for run in levels if run.details.get("rtt") == rtt):
                    _level(axes, run, figure.style(index), _dots(names.index(run.label)))
            _sweep_axes(axes, pause, titled=len(pauses) > 1, log=log)
        if bet is not None:
            panels[0].plot([bet[0] * 1000], [bet[1] * 1000], clip_on=False, **BET_POINT)
        _median_axis(panels[0], log=log)
        handles = _sweep_legend(rtts, bool(model), names, bet is not None)
        figure.legend_above(drawing, handles)
        caption = "Median latency of short polling. Points are measured" + (
            ", lines are the model." if model else "."
        )
        return Plot("sweep", drawing, data, _sweep_finding(data), caption)


def _sweep_row(run: Run, model: ModelOf | None) -> dict[str, Any]:
    predicted = model(run) if model else None
    interval, rtt = run.details.get("interval"), run.details.get("rtt")
    return {
        "run": run.label,
        "rtt_ms": None if rtt is None else rtt * 1000,
        "interval_ms": None if interval is None else interval * 1000,
        "pause": run.details.get("pause"),
        "median_ms": run.median * 1000,
        "model_median_ms": predicted.median * 1000 if predicted else None,
    }


def _sweep_line(
    axes: Axes, series: Sequence[Run], look: figure.Style, model: ModelOf | None
) -> None:
    """Draw measured points, and the model between the smallest and the largest interval."""
    if not series:
        return
    intervals = [run.details["interval"] for run in series]
    axes.plot(
        [interval * 1000 for interval in intervals],
        [run.median * 1000 for run in series],
        look.marker,
        color=look.color,
        markeredgecolor="white",
        markersize=7,
        clip_on=False,
        zorder=4,
    )
    if model is None or model(series[0]) is None:
        return
    low, high = min(intervals), max(intervals)
    grid = [low + (high - low) * step / 1000 for step in range(1001)]
    details = series[0].details
    curve = [model(Run("", details={**details, "interval": interval})) for interval in grid]
    axes.plot(
        [interval * 1000 for interval in grid],
        [point.median * 1000 if point else math.nan for point in curve],
        color=look.color,
        linestyle=look.line,
        zorder=2,
    )


def _dots(index: int) -> Any:
    """The dots of a level line: further apart with each one."""
    return (0, (1, 2 + 2 * index))


def _level(axes: Axes, run: Run, look: figure.Style, dots: Any) -> None:
    """Draw a run without an interval as a level line, with its link's marker at the end."""
    level = run.median * 1000
    axes.axhline(level, color=look.color, linestyle=dots, linewidth=1.4)
    end = axes.get_yaxis_transform()
    axes.plot([1], [level], look.marker, color=look.color, transform=end, clip_on=False)


def _sweep_axes(axes: Axes, pause: bool, *, titled: bool, log: bool) -> None:
    if log:
        axes.set_xscale("log")
    figure.ms_axis(axes.xaxis, "pause after each answer" if pause else "polling interval", log=log)
    if not log:
        axes.set_xlim(left=0)
    if titled:
        axes.set_title("a pause after each answer" if pause else "a fixed period")


def _median_axis(axes: Axes, *, log: bool) -> None:
    if log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    figure.ms_axis(axes.yaxis, "median latency", log=log)


def _sweep_legend(
    rtts: Sequence[float | None], modelled: bool, levels: Sequence[str], bet: bool
) -> list[Any]:
    from matplotlib.lines import Line2D

    handles = []
    for index, rtt in enumerate(rtts):
        look = figure.style(index)
        handles.append(
            Line2D(
                [],
                [],
                color=look.color,
                marker=look.marker,
                linestyle=look.line if modelled else "none",
                markeredgecolor="white",
                markersize=7,
                label="measured" if rtt is None else f"round trip {duration(rtt)}",
            )
        )
    for index, name in enumerate(levels):
        handles.append(Line2D([], [], color=MUTED, linestyle=_dots(index), label=name))
    if bet:
        handles.append(figure.bet_handle(line=False))
    return handles


def _sweep_finding(data: Sequence[Mapping[str, Any]]) -> str:
    polls = sorted(
        (row for row in data if row["interval_ms"] is not None),
        key=lambda row: (row["interval_ms"], row["rtt_ms"] or 0.0),
    )
    parts = []
    if polls:
        first, last = polls[0], polls[-1]
        parts.append(
            f"The median latency grows with the interval: {_at(first)}, but {_at(last)}."
            if last["median_ms"] > first["median_ms"]
            else f"The median latency does not grow with the interval: {_at(first)}; {_at(last)}."
        )
    parts += [
        f"{row['run']} at a round trip of {duration((row['rtt_ms'] or 0) / 1000)}: "
        f"{duration(row['median_ms'] / 1000)}."
        for row in data
        if row["interval_ms"] is None
    ]
    return " ".join(parts + agreement(data))


def _at(row: Mapping[str, Any]) -> str:
    rtt = row["rtt_ms"]
    link = f" and a round trip of {duration(rtt / 1000)}" if rtt is not None else ""
    return (
        f"{duration(row['median_ms'] / 1000)} at an interval of "
        f"{duration(row['interval_ms'] / 1000)}{link}"
    )
