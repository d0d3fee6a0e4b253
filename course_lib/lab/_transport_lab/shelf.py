"""The runs that are kept: numbered, compared with each other, and bounded.

Lesson 06.  Builds on: `lab.compare`, `lab.plots`, `conditions`.  Used by: `lab.transport_lab`.

    1  2  3  4  5  6  7  8          the latest `MOST` comparisons, fewer if they are large
                      ^  ^          only the latest `RECORDED` still have their bytes

New here: several comparisons in one figure, each run labelled with the conditions that differ.
Left out: keeping them longer than the kernel lives; write a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import LocalError
from .. import compare, plots
from ..runs import Run, csv_text
from . import conditions

MOST = 8
MOST_DELIVERIES = 300_000  # of all that are kept; some 100 MB, measured
RECORDED = 2


@dataclass(slots=True)
class Kept:
    """A comparison that was kept: all chosen transports under the same conditions."""

    number: int
    comparison: compare.Comparison

    @property
    def said(self) -> str:
        """Its number and its conditions."""
        return f"{self.number}: {conditions.said(self.comparison.settings)}"


class Shelf:
    """The kept comparisons, oldest first; `shown` has the numbers of those in the figures."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.shown: list[int] = []
        self._count = 0

    def keep(self, comparison: compare.Comparison) -> Kept:
        """Add a comparison and show it; drop the oldest comparisons, and old recordings."""
        self._count += 1
        self.kept = [*self.kept, Kept(self._count, comparison)][-MOST:]
        while len(self.kept) > 1 and sum(map(_deliveries, self.kept)) > MOST_DELIVERIES:
            del self.kept[0]
        self.shown = [self._count]
        for old in self.kept[:-RECORDED]:
            runs = [replace(run, recording=None) for run in old.comparison.runs]
            old.comparison = compare.Comparison(old.comparison.settings, runs, old.comparison.bet)
        return self.kept[-1]

    def show(self, *numbers: int) -> None:
        """Choose the comparisons for figures and files."""
        known = [each.number for each in self.kept]
        if missing := [number for number in numbers if number not in known]:
            have = ", ".join(map(str, known)) or "none yet"
            raise LocalError(f"no run {missing[0]} is kept; there are {have}")
        self.shown = [number for number in known if number in numbers]

    def chosen(self) -> list[Kept]:
        """The comparisons shown.  LocalError if there are none."""
        found = [each for each in self.kept if each.number in self.shown]
        if not found:
            raise LocalError("nothing has been measured" if not self.kept else "no run is chosen")
        return found

    def runs(self) -> list[Run]:
        """The runs shown; with several comparisons those of one transport are adjacent."""
        chosen = self.chosen()
        if len(chosen) == 1:
            return chosen[0].comparison.runs
        runs = [
            replace(run, label=f"{run.label} [{each.number}]")
            for each in chosen
            for run in each.comparison.runs
        ]
        names = list(dict.fromkeys(str(run.details["name"]) for run in runs))
        return sorted(runs, key=lambda run: names.index(run.details["name"]))

    def figure(self) -> plots.Plot:
        """Latency and costs, with the bets if one comparison is shown."""
        chosen = self.chosen()
        return chosen[0].comparison.figure() if len(chosen) == 1 else plots.comparison(self.runs())

    def percentiles(self) -> plots.Plot:
        """A curve of percentiles for each run, to show the tail."""
        return plots.percentiles(self.runs())

    def table(self) -> list[dict[str, Any]]:
        """A row for each run: number, conditions, percentiles and costs."""
        rows = []
        for each in self.chosen():
            settings = each.comparison.settings
            set_up = {name: getattr(settings, name) for name in conditions.DEFAULTS}
            rows += [{"number": each.number, **row, **set_up} for row in each.comparison.table()]
        return rows

    def write_csv(self, path: str | Path, *, messages: bool = False) -> Path:
        """Write the table, or with `messages` a row for each message and reader."""
        rows = self.messages() if messages else self.table()
        path = _ending(path, ".csv")
        path.write_text(csv_text(rows), "utf-8", newline="")
        return path

    def write_png(self, path: str | Path) -> Path:
        """Write the figure."""
        return self.figure().save(_ending(path, ".png"))

    def messages(self) -> list[dict[str, Any]]:
        """A row for each message and reader."""
        return [
            {"number": each.number, **row}
            for each in self.chosen()
            for run in each.comparison.runs
            for row in run.as_table()
        ]


def _deliveries(kept: Kept) -> int:
    return sum(len(run.deliveries) for run in kept.comparison.runs)


def _ending(path: str | Path, kind: str) -> Path:
    if (path := Path(path)).suffix != kind:
        raise LocalError(f"the name ends in {kind}: {path.name!r}")
    return path
