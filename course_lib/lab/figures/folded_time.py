"""A scale of time for diagrams in which milliseconds and minutes meet.

Lessons 00 and 01 on.  Builds on: nothing.  Used by: `plot_sequence`, `plot_lanes`,
`lab._inspector.scene`.

    seconds   0   0.025                0.7   0.725
    inches    0 -- 0.42 ~~~ folded ~~~ 0.92 - 1.34

New here: everything is drawn to one scale, except the stretches in which nothing happens: those
that would be longer than `FOLD_OVER` take `FOLDED`, and are listed, so that a figure can mark them.
Left out: axes.
"""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# Inches.
SLANT = 0.42  # a typical delay
FOLD_OVER, FOLDED = 0.85, 0.5  # the longest gap between two events; a longer one, folded
TALLEST = 15.0
LABEL = 0.165  # from one line of text to the next


@dataclass(slots=True)
class Scale:
    """Seconds to inches below the top.  Between two times of `times` it is linear."""

    times: list[float]
    ys: list[float]
    folded: list[tuple[float, float]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return self.ys[-1]

    def y(self, at: float) -> float:
        """How far down a time is."""
        index = min(max(bisect.bisect_right(self.times, at), 1), len(self.times) - 1)
        t0, t1 = self.times[index - 1 : index + 1]
        y0, y1 = self.ys[index - 1 : index + 1]
        return y0 + (at - t0) / (t1 - t0) * (y1 - y0)


def scale(times: Iterable[float], delays: Sequence[float]) -> Scale:
    """One scale for all, by the typical delay; gaps that would be too long are folded."""
    known = sorted(set(times))
    if len(known) < 2:
        known = [known[0], known[0] + 1e-3] if known else [0.0, 1e-3]
    gaps = [after - before for before, after in itertools.pairwise(known)]
    typical = statistics.median(delays or gaps)
    inches = SLANT / typical if typical > 0 else SLANT / statistics.median(gaps)
    ys, folded = [0.0], []
    for before, gap in zip(known, gaps, strict=False):
        height = gap * inches
        if height > FOLD_OVER:
            height = FOLDED
            folded.append((before, before + gap))
        ys.append(ys[-1] + height)
    if ys[-1] > TALLEST:
        ys = [y * TALLEST / ys[-1] for y in ys]
    return Scale(known, ys, folded)
