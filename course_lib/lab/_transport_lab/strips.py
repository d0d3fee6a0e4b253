"""Latency as it happens: a strip for each transport, a dot for each message that has arrived.

Lesson 06.  Builds on: `lab.compare`, `lab.runs`, `figures`.  Used by: `results`, `stand_in`.

    long polling     27 messages, median 25 ms, slowest 31 ms
    100 ms |       .        . .
     10 ms | . . .   . .  .     . .
           0 s                      30 s

New here: the strips are SVG, which a browser can draw many times a second; a figure would take the
kernel longer.  All strips have the same axes, so they can be compared while they grow.
Left out: lost messages; a dot is a message that arrived, and the words count the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .. import compare
from ..figures import plot_latency
from ..figures.figure import count_of, duration
from ..figures.markup import FAINT, LINE, escape
from ..runs import Run, percentile

WIDE, HIGH, LEFT, BELOW = 640, 84, 64, 18  # pixels; with the words beside and below
MOST_DOTS = 400
INK = "var(--jp-ui-font-color1,#222)"


def as_html(live: Mapping[str, Run], settings: compare.Settings | None) -> str:
    """The strips, in the order in which the runs began."""
    if not live or settings is None:
        return ""
    runs = list(live.values())
    low, high = _decades(runs)
    length = max([settings.duration or 0.0, *(run.duration for run in runs)])
    parts = [
        f'<div style="margin-top:8px"><b>{escape(name)}</b>: {escape(words(run))}</div>'
        + _strip(run, look.color, (low, high), length, last=run is runs[-1])
        for (name, run), look in zip(live.items(), plot_latency.looks(runs), strict=True)
    ]
    note = "A dot is a message: when it was due, and how late it arrived (logarithmic)."
    return f'{"".join(parts)}<div style="{FAINT}">{note}</div>'


def words(run: Run) -> str:
    """The state of a run in words: what has arrived, how late, and what has not."""
    arrived = [d for d in run.deliveries if d.arrived is not None]
    if not arrived:
        return "nothing has arrived yet"
    median = duration(percentile([d.latency for d in arrived], 50))
    worst = duration(max(d.latency for d in arrived))
    text = f"{count_of(len(arrived), 'message')}, median {median}, slowest {worst}"
    missing = len(run.deliveries) - len(arrived)
    return text + (f"; {missing} not there yet" if missing else "")


def _decades(runs: Sequence[Run]) -> tuple[int, int]:
    """The powers of ten, in ms, between which all latencies are; two decades at least."""
    finite = [_ms(d.latency) for run in runs for d in run.deliveries if d.arrived is not None]
    low = math.floor(math.log10(min(finite, default=10.0)))
    return low, max(low + 2, math.ceil(math.log10(max(finite, default=100.0))))


def _ms(latency: float) -> float:
    return max(latency * 1000, 0.1)  # in a simulation a latency can be 0, which has no logarithm


def _strip(run: Run, color: str, decades: tuple[int, int], length: float, *, last: bool) -> str:
    low, high = decades
    height = HIGH + (BELOW if last else 0)
    lines, labels = [], []
    for power in range(low, high + 1):
        y = _y(10.0**power, decades)
        lines.append(f'<line x1="{LEFT}" x2="{WIDE}" y1="{y}" y2="{y}" stroke="{LINE}"/>')
        labels.append(_text(LEFT - 8, y + 4, duration(10.0**power / 1000), "end"))
    if last:
        labels.append(_text(LEFT, height - 4, "0 s", "start"))
        labels.append(_text(WIDE, height - 4, duration(length), "end"))
    arrived = [d for d in run.deliveries if d.arrived is not None]
    step = max(1, math.ceil(len(arrived) / MOST_DOTS))
    dots = "".join(
        f"M{LEFT + (WIDE - LEFT - 4) * each.due / length:.1f} {_y(_ms(each.latency), decades)}h0"
        for each in arrived[::step]
    )
    path = f'<path d="{dots}" stroke="{color}" stroke-width="5" stroke-linecap="round"/>'
    label = escape(f"{run.label}: {words(run)}")
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDE} {height}" width="{WIDE}" '
        f'style="max-width:100%;height:auto;display:block">{"".join(lines)}{path}'
        f"{''.join(labels)}</svg>"
    )


def _y(ms: float, decades: tuple[int, int]) -> float:
    low, high = decades
    share = (math.log10(ms) - low) / (high - low)
    return round(HIGH - 10 - share * (HIGH - 20), 1)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="13" fill="{INK}">'
        f"{escape(text)}</text>"
    )
