"""How long a server needs to notice that a client has vanished, against the moment at which it did.

Lesson 07.  Builds on: `figure`.

    s  │- - - - - - - - - - - -   interval + timeout: it vanished just after its pong
       │ \\    \\    \\
       │  \\    \\    \\
       │---\\----\\----\\-------   timeout: it vanished just before a ping
       └────────────────────  moment

New here: luck as a shape; the two lines are what the two numbers promise.
Left out: the state of one session; see `plot_heartbeats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import LocalError
from . import figure
from .figure import Plot, count_of, duration

EARLIEST, LATEST = figure.style(2), figure.style(1)


def detection(
    moments: Sequence[float],
    waits: Sequence[float],
    *,
    interval: float,
    timeout: float,
    bet: float | str | None = None,
) -> Plot:
    """Seconds until a client is missed (`waits`), against when it vanished (`moments`).

    `bet` is the learner's guess of the longest wait: seconds, or a choice such as "45 s".
    """
    if not moments or len(moments) != len(waits):
        raise LocalError(f"a wait for each moment, not {len(waits)} for {len(moments)}")
    guess = _seconds(bet)
    latest = interval + timeout
    with figure.look():
        drawing = figure.blank(3.4)
        axes = drawing.subplots()
        look = figure.style(0)
        axes.plot(moments, waits, look.marker, color=look.color, markersize=4, zorder=4)
        axes.axhline(timeout, color=EARLIEST.color, linestyle=EARLIEST.line)
        axes.axhline(latest, color=LATEST.color, linestyle=LATEST.line)
        if guess is not None:
            axes.axhline(guess, zorder=5, **figure.BET_LINE)
        axes.set_ylim(0, 1.08 * max([*waits, latest, guess or 0.0]))
        axes.set_xlabel("moment at which the client vanished (s)")
        axes.set_ylabel("until the server notices (s)")
        figure.legend_above(drawing, _legend(guess is not None))
        data = [
            {"vanished_s": moment, "noticed_after_s": wait}
            for moment, wait in zip(moments, waits, strict=True)
        ]
        caption = (
            f"Seconds until the server notices that a client has vanished; an interval of "
            f"{duration(interval)}, a timeout of {duration(timeout)}."
        )
        return Plot("detection", drawing, data, _finding(waits, timeout, latest), caption)


def _seconds(bet: float | str | None) -> float | None:
    """A bet in seconds, also from a choice such as "45 s"."""
    if not isinstance(bet, str):
        return bet
    try:
        return float(bet.removesuffix("s").strip())
    except ValueError:
        raise LocalError(f'a bet is a number of seconds, such as "45 s", not {bet!r}') from None


def _legend(bet: bool) -> list[Any]:
    from matplotlib.lines import Line2D

    look = figure.style(0)
    handles: list[Any] = [
        Line2D([], [], color=look.color, marker=look.marker, linestyle="none", label="a client"),
        Line2D([], [], color=LATEST.color, linestyle=LATEST.line, label="interval + timeout"),
        Line2D([], [], color=EARLIEST.color, linestyle=EARLIEST.line, label="timeout"),
    ]
    return [*handles, *([figure.bet_handle(line=True)] if bet else [])]


def _finding(waits: Sequence[float], timeout: float, latest: float) -> str:
    soon, late = duration(min(waits)), duration(max(waits))
    return (
        f"{count_of(len(waits), 'client')}: noticed after {soon} at the earliest and {late} at the "
        f"latest; the timeout is {duration(timeout)}, interval and timeout are {duration(latest)}."
    )
