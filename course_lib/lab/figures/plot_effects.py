"""How often something was done, against the part of all messages that is lost.

Lesson 10.  Builds on: `figure`.

    effects │          ■  repeats: something comes twice
            │     ■
            │- ▲ - ▲ - ▲  repeats, with an id: once
            │  ●   ●   ●  never repeats: something is missing
            └──────────── lost

New here: several ways to send the same messages, and the number that was wanted as a line.
Left out: how many messages each way costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import LocalError
from . import figure
from .figure import BET_POINT, MUTED, Plot


def effects(
    losses: Sequence[float],
    done: Mapping[str, Sequence[int]],
    *,
    wanted: int,
    bet: tuple[float, float | None] = (0.0, None),
) -> Plot:
    """For each way, how often it was `done` at each of the `losses` (parts of one).

    `wanted` is how often it should be.  `bet` is (loss, the learner's guess); None: no guess.
    """
    if not done or any(len(row) != len(losses) for row in done.values()):
        raise LocalError(f"each way needs a number for each of {len(losses)} losses")
    at, guess = bet
    with figure.look():
        drawing = figure.blank(3.6)
        axes = drawing.subplots()
        axes.axhline(wanted, color=MUTED, linewidth=0.9)
        handles = []
        for index, (way, row) in enumerate(done.items()):
            look = figure.style(index)
            handles += axes.plot(
                losses, row, color=look.color, marker=look.marker, linestyle=look.line, label=way
            )
        if guess is not None:
            axes.plot([at], [guess], **BET_POINT)
            handles.append(figure.bet_handle(line=False))
        axes.set_ylim(0, 1.08 * max(wanted, guess or 0, *(max(row) for row in done.values())))
        axes.set_xlabel("part of the messages that is lost")
        axes.set_ylabel(f"done, of {wanted} wanted")
        figure.legend_above(drawing, handles)
        data: list[dict[str, Any]] = [
            {"lost": loss, **{way: row[place] for way, row in done.items()}}
            for place, loss in enumerate(losses)
        ]
        caption = (
            f"How often it was done, of {wanted} times wanted (the thin line), when a part of the "
            "requests and the same part of the answers is lost."
        )
        return Plot("effects", drawing, data, _finding(losses, done, wanted), caption)


def _finding(losses: Sequence[float], done: Mapping[str, Sequence[int]], wanted: int) -> str:
    ends = "; ".join(f"{way}: {row[0]:,} to {row[-1]:,}" for way, row in done.items())
    lost = f"{losses[0]:.0%} to {losses[-1]:.0%}"
    return f"Done, of {wanted:,} times wanted, when {lost} is lost: {ends}."
