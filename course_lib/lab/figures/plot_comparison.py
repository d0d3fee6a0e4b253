"""Transports side by side: how late, how many requests, how many bytes, how much processor time.

Lesson 06.  Builds on: `figure`, `plot_latency`, `plot_cost`, `lab.runs`, `lab.models`.

    short polling   ··:::·┃·::···     ██████ 20      ▌···· 10,300 B     ███ 0.9 ms
    long polling    ·┃·               █ 1            ▌ 520 B            █ 0.3 ms
    WebSocket       ┃                 ▏0.03          ▌ 80 B             ▏0.1 ms

New here: one row for each transport through all panels, so that a transport's latency and its costs
can be read together.  There is a panel of processor time only where every run has measured it.
Left out: memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import models
from ..runs import Run
from . import figure, plot_cost
from .figure import BET_LINE, BET_POINT, INK, Plot, duration
from .plot_latency import (
    ModelOf,
    agreement,
    latency_legend,
    latency_row,
    looks,
    measured,
    strip,
    told_apart,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORK = "#CC79A7"


def comparison(
    runs: Sequence[Run],
    model: ModelOf | None = models.of,
    *,
    bet: float | Mapping[str, float] | None = None,
) -> Plot:
    """Latency above, costs per delivered message below; a row for each run.

    `bet` is a latency in seconds, or one for each label.  LocalError if nothing was delivered.
    """
    runs = told_apart(measured(runs), "rtt", "rate", "clients")
    data = [_row(run, model) for run in runs]
    work = all(run.cpu_per_message is not None for run in runs)
    with figure.look():
        drawing = figure.blank(2.5 + 0.68 * len(runs))
        above, *below = _panels(drawing, work)
        _latency_panel(above, runs, model, bet)
        for place, row in enumerate(data):
            plot_cost.requests_bar(below[0], place, row)
            plot_cost.bytes_bar(below[1], place, row, brief=True)
            if work:
                _work_bar(below[2], place, row)
        names = ["requests", "bytes, both ways,", "processor (ms)"]
        for axes, name in zip(below, names, strict=False):
            plot_cost.cost_axes(axes)
            axes.set_ylim(len(runs) - 0.5, -0.5)
            axes.set_xlabel(f"{name}\nper delivered\nmessage")
        below[0].set_yticks(range(len(runs)), [run.label for run in runs])
        figure.legend_above(drawing, _legend(data, bet))
        known = any(row["model_median_ms"] is not None for row in data)
        return Plot("comparison", drawing, data, _finding(data), _caption(work, known))


def _panels(drawing: Figure, work: bool) -> list[Axes]:
    """The axes: a wide panel above, and two or three below that share their rows."""
    columns = 3 if work else 2
    grid = drawing.add_gridspec(2, columns, width_ratios=(2, 3, 2)[:columns])
    first = drawing.add_subplot(grid[1, 0])
    others = [drawing.add_subplot(grid[1, i], sharey=first) for i in range(1, columns)]
    for axes in others:
        axes.tick_params(labelleft=False)
    return [drawing.add_subplot(grid[0, :]), first, *others]


def _latency_panel(
    axes: Axes,
    runs: Sequence[Run],
    model: ModelOf | None,
    bet: float | Mapping[str, float] | None,
) -> None:
    for place, (run, look) in enumerate(zip(runs, looks(runs), strict=True)):
        strip(axes, place, run, look, model(run) if model else None)
        if isinstance(bet, Mapping) and run.label in bet:
            axes.plot([bet[run.label] * 1000], [place], **BET_POINT)
    if isinstance(bet, int | float):
        axes.axvline(bet * 1000, **BET_LINE)
    axes.set_yticks(range(len(runs)), [run.label for run in runs])
    axes.set_ylim(len(runs) - 0.45, -0.6)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    log = figure.has_logarithm(value for run in runs for value in run.latencies)
    if log:
        axes.set_xscale("log")
    figure.ms_axis(axes.xaxis, "latency of a message", log=log)


def _row(run: Run, model: ModelOf | None) -> dict[str, Any]:
    row = latency_row(run, model) | plot_cost.cost_row(run)
    row["p99_ms"] = run.percentile(99) * 1000
    if run.cpu_per_message is not None:
        row["cpu_ms_per_message"] = run.cpu_per_message * 1000
    return row


def _work_bar(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    if row["delivered"]:
        spent = row["cpu_ms_per_message"]
        axes.barh(place, spent, height=0.55, color=WORK, edgecolor=INK, linewidth=0.6)
        plot_cost.beside(axes, spent, place, f"{spent:,.2g} ms")


def _legend(data: Sequence[Mapping[str, Any]], bet: object) -> list[Any]:
    return [*latency_legend(data, bet), *plot_cost.cost_legend(bet=False)]


def _finding(data: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for row in sorted(data, key=lambda row: row["median_ms"]):
        text = f"{row['run']}: median {duration(row['median_ms'] / 1000)}"
        if row["delivered"]:
            text += (
                f", {row['requests_per_message']:,.3g} requests and "
                f"{row['bytes_per_message']:,.0f} bytes for each delivered message"
            )
        if "cpu_ms_per_message" in row and row["delivered"]:
            text += f", {row['cpu_ms_per_message']:.2g} ms of processor time"
        if row["lost"]:
            text += f", {figure.count_of(row['lost'], 'message')} lost"
        parts.append(text + ".")
    return " ".join(parts + agreement(data))


def _caption(work: bool, model: bool) -> str:
    text = (
        "Above, the latency of each message; below, what one delivered message costs, with all "
        "handshakes, headers and empty answers."
    )
    if model:
        text += " The model knows the round trip, and neither jitter nor bandwidth."
    if work:
        text += " Processor time is that of server, clients and the proxy between them together."
    return text
