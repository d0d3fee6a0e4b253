"""How late each message was: a row of dots for each run, one panel for each link.

Lessons 01, 02 and 06.  Builds on: `figure`, `lab.runs`, `lab.models`.

    every 500 ms   ····:::·:┃·:::····      254 ms     the bar is the median,
                   ────────◇────────                  the diamond what the model says

New here: the bet, which was placed before the run, is drawn into the measurement.
Left out: means; a mean would hide one message that takes a minute.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from .. import models
from ..runs import Run
from . import figure
from .figure import BET_LINE, BET_POINT, INK, MUTED, Plot, count_of, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS = 400  # a row with more messages shows evenly spaced ranks
# Details that say how a run was made.
SETUP = ("interval", "pause", "hold", "push", "engineio", "socketio")
ModelOf = Callable[[Run], models.Model | None]


def latency(
    runs: Sequence[Run],
    model: ModelOf | None = models.of,
    *,
    bet: float | Mapping[str, float] | None = None,
    log: bool = True,
) -> Plot:
    """The latency of every message, a row for each run, grouped by the link's round-trip time.

    `model(run)` predicts a run, by default from its details; None draws no model.  `bet` is a
    latency in seconds, or one for each label of the figure.
    """
    runs = measured(runs)
    groups = {rtt: told_apart(group, "rate") for rtt, group in by_rtt(runs).items()}
    styles = iter(looks([run for group in groups.values() for run in group]))
    data = [latency_row(run, model) for group in groups.values() for run in group]
    log = log and figure.has_logarithm(dot for row in data for dot in row["latencies_ms"])
    with figure.look():
        drawing = figure.blank(1.15 + 0.36 * len(runs) + 0.30 * len(groups))
        ratios = [len(group) + 0.3 for group in groups.values()]
        panels = drawing.subplots(
            len(groups), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": ratios}
        )[:, 0]
        for axes, (rtt, group) in zip(panels, groups.items(), strict=True):
            for place, run in enumerate(group):
                strip(axes, place, run, next(styles), model(run) if model else None)
                if isinstance(bet, Mapping) and run.label in bet:
                    axes.plot([bet[run.label] * 1000], [place], **BET_POINT)
            _rows_axis(axes, rtt, group)
            if isinstance(bet, (int, float)):
                axes.axvline(bet * 1000, **BET_LINE)
        if log:
            panels[-1].set_xscale("log")
        figure.ms_axis(panels[-1].xaxis, "latency of a message", log=log)
        if not log:
            panels[-1].set_xlim(left=0)
        figure.legend_above(drawing, latency_legend(data, bet))
        alt = _latency_finding(groups, data)
        return Plot("latency", drawing, data, alt, _latency_caption(data))


def measured(runs: Sequence[Run]) -> list[Run]:
    if not any(run.deliveries for run in runs):
        raise LocalError("nothing to draw: no run has a delivery")
    return [run for run in runs if run.deliveries]


def by_rtt(runs: Sequence[Run]) -> dict[float | None, list[Run]]:
    """The runs by round-trip time, the shortest first; None for runs without one."""
    rtts: list[float | None] = [run.details.get("rtt") for run in runs]
    order = sorted(set(rtts), key=lambda rtt: (rtt is None, rtt or 0.0))
    return {key: [r for r, rtt in zip(runs, rtts, strict=True) if rtt == key] for key in order}


def told_apart(runs: Sequence[Run], *names: str) -> list[Run]:
    """The runs, with what they differ in ("rtt", "rate") added to labels that are the same."""
    for name in names:
        values: dict[str, dict[Any, None]] = {}
        for run in runs:
            values.setdefault(run.label, {})[run.details.get(name)] = None
        runs = [
            replace(run, label=f"{run.label}, {_said(name, run.details[name])}")
            if len(values[run.label]) > 1 and run.details.get(name) is not None
            else run
            for run in runs
        ]
    return list(runs)


def _said(name: str, value: float) -> str:
    if name == "rtt":
        return f"round trip {duration(value)}"
    return f"{value:,.0f} a second" if value >= 9.95 else f"{value:.2g} a second"


def kind(run: Run) -> object:
    """The set-up of a run: equal for two runs that differ in the link only."""
    setup = tuple(run.details.get(name) for name in SETUP)
    return setup if any(value is not None for value in setup) else run.label


def looks(runs: Sequence[Run], alike: Callable[[Run], object] = kind) -> list[figure.Style]:
    """A look for each run: one for each kind in turn, and WebSocket's own for the first of it."""
    kinds = {alike(run): bool(run.details.get("push")) for run in runs}
    first = next((one for one, push in kinds.items() if push), None)
    places = itertools.count()
    place_of: dict[object, int] = {first: figure.WEBSOCKET} if first is not None else {}
    for one in kinds:
        if one not in place_of:
            place = next(places)
            if first is not None and place == figure.WEBSOCKET:
                place = next(places)
            place_of[one] = place
    return [figure.style(place_of[alike(run)]) for run in runs]


def _rows_axis(axes: Axes, rtt: float | None, group: Sequence[Run]) -> None:
    axes.set_yticks(range(len(group)), [run.label for run in group])
    axes.set_ylim(len(group) - 0.45, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    if rtt is not None:
        axes.set_title(f"round trip {duration(rtt)}")


def latency_row(run: Run, model: ModelOf | None) -> dict[str, Any]:
    rtt = run.details.get("rtt")
    predicted = model(run) if model else None
    return {
        "run": run.label,
        "rtt_ms": None if rtt is None else rtt * 1000,
        "messages": len(run.deliveries),
        "lost": run.lost,
        "p5_ms": run.percentile(5) * 1000,
        "median_ms": run.median * 1000,
        "p95_ms": run.percentile(95) * 1000,
        "model_median_ms": predicted.median * 1000 if predicted else None,
        "latencies_ms": [value * 1000 for value in _dots(run)],
    }


def _dots(run: Run) -> list[float]:
    """The finite latencies, in order; of more than DOTS as many evenly spaced ranks."""
    ordered = sorted(value for value in run.latencies if math.isfinite(value))
    if len(ordered) <= DOTS:
        return ordered
    return [ordered[int((index + 0.5) * len(ordered) / DOTS)] for index in range(DOTS)]


def strip(
    axes: Axes, place: int, run: Run, look: figure.Style, predicted: models.Model | None
) -> None:
    """Draw one row: dots above the line, the model's range below it, the median as a number."""
    dots = [value * 1000 for value in _dots(run)]
    heights = [place - 0.05 + 0.36 * (_halton(index + 1) - 0.5) for index in range(len(dots))]
    axes.scatter(dots, heights, s=9, color=look.color, alpha=0.45, linewidths=0, zorder=3)
    if math.isfinite(run.median):
        middle = run.median * 1000
        axes.plot([middle, middle], [place - 0.34, place + 0.2], color=INK, linewidth=1.7, zorder=5)
    if predicted:
        low, middle, high = (predicted.percentile(q) * 1000 for q in (5, 50, 95))
        axes.plot([low, high], [place + 0.3] * 2, color=MUTED, linewidth=1.2, zorder=2)
        axes.plot([middle], [place + 0.3], "D", color="white", markeredgecolor=INK, markersize=4.5)
    beside = duration(run.median) + (f", {run.lost} lost" if run.lost else "")
    axes.annotate(
        beside, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=9
    )


def _halton(index: int) -> float:
    """Number `index` of van der Corput's sequence, base 2: evenly scattered from 0 to 1."""
    value, part = 0.0, 0.5
    while index:
        value += part * (index & 1)
        index, part = index >> 1, part / 2
    return value


def latency_legend(data: Sequence[Mapping[str, Any]], bet: object) -> list[Any]:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker="o", color=MUTED, linestyle="none", markersize=4, label="one message"
        ),
        Line2D([], [], marker="|", color=INK, linestyle="none", markersize=11, label="median"),
    ]
    handles[1].set_markeredgewidth(1.7)
    if any(row["model_median_ms"] is not None for row in data):
        model = Line2D([], [], marker="D", color=MUTED, linewidth=1.2, markersize=4.5)
        model.set(markerfacecolor="white", markeredgecolor=INK, label="model: median, 5 to 95 %")
        handles.append(model)
    if bet is not None:
        handles.append(figure.bet_handle(line=not isinstance(bet, Mapping)))
    return handles


def _latency_finding(
    groups: Mapping[float | None, Sequence[Run]], data: Sequence[Mapping[str, Any]]
) -> str:
    ranked = {rtt: sorted(group, key=lambda run: run.median) for rtt, group in groups.items()}
    parts = []
    best = {group[0].label for group in ranked.values()}
    if len(best) == 1 and all(len(group) > 1 for group in ranked.values()):
        parts.append(f"{best.pop().capitalize()} has the lowest median latency.")
    for rtt, group in ranked.items():
        where = f"Round trip {duration(rtt)}: " if rtt is not None else ""
        medians = "; ".join(f"{run.label}: {duration(run.median)}" for run in group)
        parts.append(f"{where}{medians}.")
    lost = sum(row["lost"] for row in data)
    if lost:
        parts.append(f"{count_of(lost, 'message')} never arrived.")
    return " ".join(parts + agreement(data))


def agreement(data: Sequence[Mapping[str, Any]]) -> list[str]:
    """How far the measured medians are from the model, as a sentence, when there is a model."""
    errors = [
        abs(row["median_ms"] / row["model_median_ms"] - 1)
        for row in data
        if row["model_median_ms"] and math.isfinite(row["median_ms"])
    ]
    return [f"Measured medians are within {max(errors):.1%} of the model."] if errors else []


def _latency_caption(data: Sequence[Mapping[str, Any]]) -> str:
    fewer = any(row["messages"] - row["lost"] > DOTS for row in data)
    return (
        "Latency of each message: from when the server has it to when the client has it. "
        "The number on the right is the median."
        + (f" Rows with more messages show {DOTS} of them at evenly spaced ranks." if fewer else "")
    )
