"""The time line of one run: what travelled between client and server, and when.

Lessons 01 and 02.  Builds on: `figure`, `lab.runs`.

    server  ▼──────┬━━━━━━━━━━┬───────▼      a request goes up, is held (thick); the response
                  /            \\             comes down; half a round trip each way
    client  ─────┴──────────────┴─▲───

New here: the slope.  It shows where a message waits for a request (short polling) and where a
request waits for a message (long polling).
Left out: more than one reader at once; `receiver` chooses the reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import LocalError
from ..runs import Delivery, Exchange, Run
from . import figure
from .figure import INK, MUTED, Plot, count_of, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MESSAGE = "#D55E00"
REQUEST: dict[str, Any] = {"color": INK, "linewidth": 1.0, "linestyle": (0, (1, 2))}
EMPTY: dict[str, Any] = {"color": "#8C8C8C", "linewidth": 1.3, "marker": "o", "markersize": 4}
EMPTY["markerfacecolor"] = "white"
NEWS: dict[str, Any] = {"color": "#0072B2", "linewidth": 2.2, "marker": "o", "markersize": 4.5}


def timeline(
    run: Run,
    *,
    receiver: str | None = None,
    start: float = 0.0,
    end: float | None = None,
) -> Plot:
    """One reader's run from `start` to `end` seconds, by default its first reader and all of it.

    The server's line is above, the client's below.  When the server has a message a triangle
    stands on its line; the message waits there (thick) and travels down with a response.
    """
    who = _whose(run, receiver)
    end = run.duration if end is None else end
    asked = [
        e for e in run.exchanges if e.receiver == who and start <= e.answered and e.asked <= end
    ]
    given = [d for d in run.deliveries if d.receiver == who and start <= d.due <= end]
    travel = run.details.get("rtt", 0.0) / 2
    with figure.look():
        drawing = figure.blank(2.5)
        axes = drawing.subplots()
        for exchange in asked:
            _exchange(axes, exchange, travel)
        for delivery in given:
            _message(axes, delivery, travel)
        _two_lines(axes, start, end)
        figure.legend_above(drawing, _timeline_legend(asked, given))
        data = [_exchange_row(e) for e in asked] + [_message_row(d) for d in given]
        caption = f"{run.label}: what travelled between client and server, and when."
        return Plot("timeline", drawing, data, _timeline_finding(run, asked, given), caption)


def _whose(run: Run, receiver: str | None) -> str:
    names = [d.receiver for d in run.deliveries] + [e.receiver for e in run.exchanges]
    if not names:
        raise LocalError(f"nothing to draw: run {run.label!r} has no exchange and no delivery")
    if receiver is not None and receiver not in names:
        raise LocalError(f"no receiver {receiver!r}; this run has {list(dict.fromkeys(names))}")
    return names[0] if receiver is None else receiver


def _two_lines(axes: Axes, start: float, end: float) -> None:
    axes.hlines((0, 1), start, end, color=MUTED, linewidth=1.2, zorder=1)
    axes.set_yticks((0, 1), ("client", "server"))
    axes.tick_params(axis="y", length=0)
    axes.grid(False)
    axes.set_ylim(-0.28, 1.32)
    axes.set_xlim(start, end + 0.02 * (end - start))
    axes.set_xlabel("time (s)")
    axes.spines["left"].set_visible(False)


def _exchange(axes: Axes, exchange: Exchange, travel: float) -> None:
    """Draw a line: up with the request, along while the server holds it, down with the response."""
    half = min(travel, (exchange.answered - exchange.asked) / 2)
    reached, left = exchange.asked + half, exchange.answered - half
    axes.plot([exchange.asked, reached], [0, 1], **REQUEST)
    answer = NEWS if exchange.messages else EMPTY
    held = {"color": answer["color"], "linewidth": 4, "alpha": 0.5, "solid_capstyle": "butt"}
    axes.plot([reached, left], [1, 1], **held)
    axes.plot([left, exchange.answered], [1, 0], markevery=[1], **answer)


def _message(axes: Axes, delivery: Delivery, travel: float) -> None:
    axes.plot([delivery.due], [1.13], "v", color=MESSAGE, markersize=7, zorder=5)
    if delivery.arrived is None:
        axes.plot([delivery.due], [-0.12], "x", color=INK, markersize=7, markeredgewidth=2)
        return
    left = max(delivery.due, delivery.arrived - travel)
    axes.plot([delivery.due, left], [1.13, 1.13], color=MESSAGE, linewidth=3, alpha=0.6)
    axes.plot([delivery.arrived], [-0.12], "^", color=MESSAGE, markersize=7, zorder=5)


def _timeline_legend(asked: Sequence[Exchange], given: Sequence[Delivery]) -> list[Any]:
    from matplotlib.lines import Line2D

    def line(label: str, **look: Any) -> Line2D:
        return Line2D([], [], label=label, **look)

    wanted = [
        (bool(asked), line("request", **REQUEST)),
        (any(not e.messages for e in asked), line("empty answer", **EMPTY)),
        (any(e.messages for e in asked), line("with messages", **NEWS)),
        (bool(given), line("message at server", color=MESSAGE, marker="v", linewidth=3)),
        (any(d.arrived for d in given), line("at client", color=MESSAGE, marker="^", ls="")),
        (
            any(d.arrived is None for d in given),
            line("never arrived", color=INK, marker="x", ls=""),
        ),
    ]
    return [handle for show, handle in wanted if show]


def _exchange_row(exchange: Exchange) -> dict[str, Any]:
    return {
        "what": "request",
        "start_s": exchange.asked,
        "end_s": exchange.answered,
        "messages": exchange.messages,
    }


def _message_row(delivery: Delivery) -> dict[str, Any]:
    return {
        "what": "message",
        "start_s": delivery.due,
        "end_s": delivery.arrived,
        "latency_ms": delivery.latency * 1000,
    }


def _timeline_finding(run: Run, asked: Sequence[Exchange], given: Sequence[Delivery]) -> str:
    empty = sum(not exchange.messages for exchange in asked)
    arrived = [delivery.latency for delivery in given if delivery.arrived is not None]
    parts = [f"{run.label}: {count_of(len(asked), 'request')}, {empty} of them without a message"]
    parts.append(f"{count_of(len(given), 'message')}")
    if arrived:
        spread = duration(min(arrived)), duration(max(arrived))
        late = spread[0] if spread[0] == spread[1] else f"{spread[0]} to {spread[1]}"
        parts[-1] += f", {late} late"
    if len(arrived) < len(given):
        parts.append(f"{len(given) - len(arrived)} never arrived")
    return "; ".join(parts) + "."
