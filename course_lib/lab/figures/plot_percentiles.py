"""The tail: a curve of percentiles for each run.

Lessons 02 and 06.  Builds on: `figure`, `plot_latency`, `lab.runs`, `lab.models`.

    latency │        ┌────────x            x the rest never arrived
            │   ┌────┘
            │ ──┘
            └─────┬──────┬──────┬─
                 90 %   99 %  99.9 %       each mark is ten times rarer than the one before

New here: the horizontal axis gives each ten times rarer case the same room, because users meet the
rare case often: a page that makes a hundred requests meets its latest 1 % on average once.
Left out: confidence bands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import models
from ..runs import Run
from . import figure
from .figure import BET_LINE, MUTED, Plot, count_of, duration
from .plot_latency import ModelOf, by_rtt, looks, measured, told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def percentiles(
    runs: Sequence[Run], model: ModelOf | None = models.of, *, bet: float | None = None
) -> Plot:
    """A curve for each run: the latency that a share of the messages stays below.

    Messages that never arrived have the ranks at the right end, where the curve leaves the
    figure.  `bet` is a latency in seconds.
    """
    runs = told_apart(measured(runs), "rate")
    data = [_percentile_row(run) for run in runs]
    most = max(len(run.deliveries) for run in runs)
    with figure.look():
        drawing = figure.blank(3.9)
        axes = drawing.subplots()
        links = by_rtt(runs)
        predictions = [model(run) if model else None for run in runs]
        handles = [
            _curve(axes, run, look, predicted, with_link=len(links) > 1)
            for run, look, predicted in zip(runs, looks(runs, id), predictions, strict=True)
        ]
        if any(predictions):
            handles += axes.plot([], [], color=MUTED, linewidth=0.9, label="model (thin)")
        if bet is not None:
            axes.axhline(bet * 1000, **BET_LINE)
            handles.append(figure.bet_handle(line=True))
        log = figure.has_logarithm(value for run in runs for value in run.latencies)
        axes.set_yscale("log" if log else "linear")
        figure.ms_axis(axes.yaxis, "latency", log=log)
        (link, *others) = links
        if link is not None and not others:
            axes.set_title(f"round trip {duration(link)}")
        ticks = [q for q in (0, 50, 90, 99, 99.9, 99.99) if _rarity(q) <= _rarity(_last(most))]
        axes.set_xticks([_rarity(q) for q in ticks], [f"{q:g} %" for q in ticks])
        axes.set_xlim(0, _rarity(_last(most)) * 1.02)
        axes.set_xlabel("share of messages that are at most this late")
        figure.legend_above(drawing, handles)
        return Plot("percentiles", drawing, data, _percentile_finding(data), _PERCENTILE_CAPTION)


_PERCENTILE_CAPTION = (
    "How late the unlucky messages are. Each step to the right is ten times rarer: "
    "one message in ten, in a hundred, in a thousand."
)


def _rarity(q: float) -> float:
    """0 at 0 %, 1 at 90 %, 2 at 99 %: the number of nines."""
    return -math.log10(1 - q / 100)


def _last(count: int) -> float:
    """The percentile at which the curve of `count` messages ends: half a message before 100."""
    return 100 * (1 - 0.5 / count)


def _curve(
    axes: Axes, run: Run, look: figure.Style, predicted: models.Model | None, *, with_link: bool
) -> Any:
    """Nearest ranks: a step for each message that arrived; markers at round percentiles."""
    from matplotlib.lines import Line2D

    count = len(run.deliveries)
    finite = sorted(value * 1000 for value in run.latencies if math.isfinite(value))
    ends = [_rarity(min(100 * rank / count, _last(count))) for rank in range(1, len(finite) + 1)]
    name = run.label
    if with_link and "rtt" in run.details:
        name += f", round trip {duration(run.details['rtt'])}"
    if run.lost:
        name += f" ({run.lost} lost)"
    axes.plot(
        [0.0, *ends] if finite else [],
        [*finite[:1], *finite],
        drawstyle="steps-pre",
        color=look.color,
        linestyle=look.line,
    )
    marks = [q for q in (50, 90, 99, 99.9) if _rarity(q) <= _rarity(_last(count))]
    points = [(_rarity(q), run.percentile(q) * 1000) for q in marks]
    points = [point for point in points if math.isfinite(point[1])]
    axes.plot([x for x, _ in points], [y for _, y in points], look.marker, color=look.color)
    if run.lost and finite:
        axes.plot(ends[-1:], finite[-1:], "x", color=look.color, markersize=9, markeredgewidth=2)
    if predicted:
        grid = [_last(count) * step / 200 for step in range(201)]
        grid += [100 - 100 * 10 ** (-step / 40) for step in range(1, int(_rarity(grid[-1]) * 40))]
        grid.sort()
        curve = [predicted.percentile(q) * 1000 for q in grid]
        axes.plot([_rarity(q) for q in grid], curve, color=look.color, linewidth=0.9, zorder=1)
    return Line2D([], [], color=look.color, linestyle=look.line, marker=look.marker, label=name)


def _percentile_row(run: Run) -> dict[str, Any]:
    row: dict[str, Any] = {"run": run.label}
    if "rtt" in run.details:
        row["rtt_ms"] = run.details["rtt"] * 1000
    row |= {"messages": len(run.deliveries), "lost": run.lost}
    return row | {f"p{q}_ms": run.percentile(q) * 1000 for q in (50, 90, 99, 99.9, 100)}


def _percentile_finding(data: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for row in data:
        at = f" at a round trip of {duration(row['rtt_ms'] / 1000)}" if "rtt_ms" in row else ""
        values = [duration(row[f"p{q}_ms"] / 1000) for q in (50, 90, 99)]
        parts.append(
            f"{row['run']}{at}: half of the messages arrive within {values[0]}, "
            f"90 % within {values[1]}, 99 % within {values[2]}."
            if math.isfinite(row["p99_ms"])
            else f"{row['run']}{at}: median {values[0]}; {count_of(row['lost'], 'message')} of "
            f"{row['messages']} never arrived."
        )
    return " ".join(parts)
