"""What a delivered message costs: requests, and bytes in both directions.

Lessons 01, 02 and 06.  Builds on: `figure`, `plot_latency`, `lab.runs`.

    every 1 s       ██░░░░░░░░░░░░░░░  20     ▌·························· 10,300 B, message 12 B
    long polling    ██  1                     ▌·· 520 B, message 12 B

New here: the cost is per *delivered* message, so lost messages do not make a transport look cheap.
Left out: CPU time and memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from ..runs import Run
from . import figure
from .figure import BET_LINE, Plot
from .plot_latency import told_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MESSAGE, AROUND, REQUEST = "#D55E00", "#56B4E9", "#0072B2"


def cost(
    runs: Sequence[Run], *, bet_requests: float | None = None, bet_bytes: float | None = None
) -> Plot:
    """Requests and bytes for each delivered message; the message itself and what is around it.

    A run that delivered nothing has no bar but says so.  The bets are per message, too.
    """
    if not runs:
        raise LocalError("nothing to draw: no run")
    data = [cost_row(run) for run in told_apart(runs, "rtt", "rate")]
    with figure.look():
        drawing = figure.blank(1.25 + 0.42 * len(runs))
        left, right = drawing.subplots(1, 2, sharey=True, gridspec_kw={"width_ratios": (2, 3)})
        places = range(len(runs))
        for place, row in zip(places, data, strict=True):
            requests_bar(left, place, row)
            bytes_bar(right, place, row)
        left.set_yticks(places, [row["run"] for row in data])
        left.set_ylim(len(runs) - 0.5, -0.5)
        left.set_xlabel("requests per\ndelivered message")
        right.set_xlabel("bytes per delivered message,\nboth directions")
        for axes, bet in ((left, bet_requests), (right, bet_bytes)):
            cost_axes(axes)
            if bet is not None:
                axes.axvline(bet, **BET_LINE)
        bets = bet_requests is not None or bet_bytes is not None
        figure.legend_above(drawing, cost_legend(bets))
        caption = (
            "What one delivered message costs. Requests: with a message and empty. Bytes: the "
            "message itself, and all that travels around it."
        )
        return Plot("cost", drawing, data, _cost_finding(data), caption)


def cost_row(run: Run) -> dict[str, Any]:
    payload = run.payload_bytes / run.delivered if run.delivered else 0.0
    return {
        "run": run.label,
        "delivered": run.delivered,
        "lost": run.lost,
        "requests_per_message": run.requests_per_message,
        "empty_requests_per_message": run.requests_per_message * run.empty_share
        if run.delivered
        else math.inf,
        "bytes_per_message": run.bytes_per_message,
        "payload_bytes_per_message": payload,
    }


def requests_bar(axes: Axes, place: int, row: Mapping[str, Any]) -> None:
    if not row["delivered"]:
        beside(axes, 0, place, "nothing was delivered")
        return
    empty, total = row["empty_requests_per_message"], row["requests_per_message"]
    axes.barh(place, total - empty, height=0.55, color=REQUEST)
    axes.barh(
        place,
        empty,
        left=total - empty,
        height=0.55,
        color="white",
        edgecolor=REQUEST,
        hatch="////",
    )
    beside(axes, total, place, f"{total:,.3g}")


def bytes_bar(axes: Axes, place: int, row: Mapping[str, Any], *, brief: bool = False) -> None:
    if not row["delivered"]:
        return
    payload, total = row["payload_bytes_per_message"], row["bytes_per_message"]
    axes.barh(place, payload, height=0.55, color=MESSAGE)
    axes.barh(place, total - payload, left=payload, height=0.55, color=AROUND)
    label = f"{total:,.0f} B" + (f", message {payload:,.0f} B" if payload and not brief else "")
    beside(axes, total, place, label)


def beside(axes: Axes, end: float, place: int, text: str) -> None:
    """`text` at the end of a bar, readable also where a grid line or a bet passes behind it."""
    axes.annotate(
        text,
        (end, place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        bbox={"facecolor": "white", "linewidth": 0, "pad": 0.5},
    )


def cost_axes(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.use_sticky_edges = False  # a bar of no width would take the room of the numbers
    axes.margins(x=0.42)
    axes.set_xlim(left=0)
    # Without the last tick: its number would touch the first of the next panel.
    axes.xaxis.set_major_locator(MaxNLocator(4, prune="upper"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def cost_legend(bet: bool) -> list[Any]:
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(color=REQUEST, label="request with messages"),
        Patch(facecolor="white", edgecolor=REQUEST, hatch="////", label="empty request"),
        Patch(color=MESSAGE, label="the message"),
        Patch(color=AROUND, label="around it"),
    ]
    if bet:
        handles.append(figure.bet_handle(line=True))
    return handles


def _cost_finding(data: Sequence[Mapping[str, Any]]) -> str:
    parts = []
    for row in data:
        if not row["delivered"]:
            parts.append(f"{row['run']}: nothing was delivered.")
            continue
        share = row["payload_bytes_per_message"] / (row["bytes_per_message"] or math.inf)
        parts.append(
            f"{row['run']}: {row['requests_per_message']:,.3g} requests and "
            f"{row['bytes_per_message']:,.0f} bytes for each delivered message"
            + (f", of which the message is {share:.1%}." if share else ".")
        )
    return " ".join(parts)
