"""What Engine.IO and Socket.IO add: bytes, processor time, and round trips at the beginning.

Lesson 09.  Builds on: `figure`, `plot_cost`.

                             bytes                    µs              before the first
    WebSocket                ███░░░░ 79               ██ 63           ██ 2
    Socket.IO, WebSocket     ███░░░░ 85 (+6)          ██ 66 (+3)      ███ 3
    Socket.IO, polling       ███░░░░░░░░░ 317 (+239)  ████████ 252    ████ 4

New here: the question "WebSocket or Socket.IO?" as three numbers, each with what is added.
Left out: what a layer gives for it.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ...errors import LocalError
from . import figure, plot_cost
from .figure import INK, Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORK, TRIPS = "#CC79A7", plot_cost.REQUEST


class Measured(Protocol):
    """What `compare.layers` gives."""

    def table(self) -> list[dict[str, Any]]: ...
    @property
    def size(self) -> int: ...


def layers(measured: Measured) -> Plot:
    """Draw the result of `compare.layers`.  LocalError if it is empty."""
    data = measured.table()
    if not data:
        raise LocalError("nothing to draw: no transport")
    work = all(row["cpu_us_per_message"] is not None for row in data)
    with figure.look():
        drawing = figure.blank(1.55 + 0.4 * len(data))
        shares = (3, 3, 2) if work else (3, 2)
        panels = drawing.subplots(1, len(shares), sharey=True, gridspec_kw={"width_ratios": shares})
        for place, row in enumerate(data):
            _bytes(panels[0], place, row, measured.size)
            if work:
                _bar(panels[1], place, row, ("cpu_us_per_message", "added_us"), WORK)
            _bar(panels[-1], place, row, ("setup_trips", ""), TRIPS)
        names = [
            "bytes\nof a message",
            "processor time\nof a message (µs)",
            "round trips\nto begin",
        ]
        for axes, name in zip(panels, names if work else [names[0], names[2]], strict=True):
            _axes(axes, name, brackets=axes is not panels[-1])
        panels[0].set_yticks(range(len(data)), [row["transport"] for row in data])
        panels[0].set_ylim(len(data) - 0.5, -0.5)
        figure.legend_above(drawing, _legend(measured.size))
        return Plot("layers", drawing, data, _finding(data, work), _caption(work))


def _axes(axes: Axes, name: str, *, brackets: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    plot_cost.cost_axes(axes)
    axes.margins(x=0.9 if brackets else 0.3)  # room for the numbers beside the longest bar
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True, prune="upper"))
    axes.set_xlabel(name)


def _bytes(axes: Axes, place: int, row: Mapping[str, Any], size: int) -> None:
    total = row["bytes_per_message"]
    axes.barh(place, size, height=0.55, color=plot_cost.MESSAGE)
    axes.barh(place, total - size, left=size, height=0.55, color=plot_cost.AROUND)
    plot_cost.beside(axes, total, place, _said(total, row["added_bytes"]))


def _bar(axes: Axes, place: int, row: Mapping[str, Any], keys: Sequence[str], color: str) -> None:
    value, added = row[keys[0]], row.get(keys[1])
    axes.barh(place, value, height=0.55, color=color, edgecolor=INK, linewidth=0.6)
    plot_cost.beside(axes, value, place, _said(value, added))


def _said(value: float, added: float | None) -> str:
    """The value, and what is added if that is more than nothing."""
    return f"{value:,.0f}" + (f" ({added:+,.0f})" if added and round(added) else "")


def _legend(size: int) -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(color=plot_cost.MESSAGE, label=f"the message, {size:,} bytes"),
        Patch(color=plot_cost.AROUND, label="around it"),
    ]


def _finding(data: Sequence[Mapping[str, Any]], work: bool) -> str:
    parts = []
    for row in data:
        spent = f" and {row['cpu_us_per_message']:,.0f} µs" if work else ""
        text = f"{row['transport']}: {row['bytes_per_message']:,.0f} bytes{spent} a message"
        if row["added_bytes"]:
            more = f" and {row['added_us']:+,.0f} µs" if work else ""
            text += f" ({row['added_bytes']:+,.0f} bytes{more} beside WebSocket alone)"
        trips, before = row["setup_trips"], row["setup_bytes"]
        parts.append(f"{text}; before the first {trips:g} round trips and {before:,} bytes.")
    return " ".join(parts)


def _caption(work: bool) -> str:
    text = (
        "What one message costs once the connection is there, and what comes before the first one. "
        "In brackets: beside WebSocket alone."
    )
    if work:
        text += " Processor time is that of server and client together, the median of the rounds."
        if importlib.util.find_spec("orjson") is not None:  # as `wire.socketio` looks for it
            text += " Socket.IO reads and writes JSON with orjson here, the others with Python."
    return text
