"""All transports under the same conditions, and the results.

Lesson 06.  Builds on: `settings`, `transports`, `measuring`; `lab.clock` where it is simulated.

    settings ──> short polling ──> Run ─┐
             ──> long polling  ──> Run ─┼──> Comparison: table, CSV, figure, any message's diagram
             ──> WebSocket     ──> Run ─┘

New here: every transport gets the same messages at the same moments over the same link.

They run one after the other, on real sockets too.  At the same time they would share the processor,
and its time could not be told apart by transport.  While one is simulated, the caller's event loop
still runs its other callbacks, so a widget stays responsive.
Left out: repeating a run until its figures are stable.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from ...errors import LocalError
from .. import clock, dissect, plots, sequence
from ..figures.diagram import Diagram
from ..figures.figure import Plot
from ..runs import Run, csv_text
from . import measuring
from . import transports as known
from .settings import Settings, Wishes

RECORDED = 2_000_000  # bytes of each run's recording
EVERY = 0.25  # seconds between two calls of `progress`
Bet = float | Mapping[str, float]
Progress = Callable[[str, Run], object]


class Comparison:
    """The runs, in the order of the transports.  `bet` is a latency in seconds, or one by name."""

    def __init__(self, settings: Settings, runs: Sequence[Run], bet: Bet | None = None) -> None:
        self.settings = settings
        self.runs = list(runs)
        self.bet = bet
        self._messages: dict[int, list[dissect.Message]] = {}

    def run(self, which: str | Run) -> Run:
        """The run of a transport, by its name in `TRANSPORTS` or its label."""
        for run in self.runs:
            if run is which or which in (run.label, run.details.get("name")):
                return run
        raise LocalError(f"no run {which!r}; there are {', '.join(run.label for run in self.runs)}")

    def message(self, which: str | Run, number: int, receiver: str | None = None) -> Diagram:
        """How message `number`, from 1, came to a receiver: request, response, frame, times."""
        run = self.run(which)
        if run.recording is None:
            raise LocalError("nothing was recorded: compare(…, record=True)")
        if id(run) not in self._messages:
            self._messages[id(run)] = dissect.dissect(run.recording)
        return sequence.of_message(run, number, receiver, messages=self._messages[id(run)])

    def table(self) -> list[dict[str, Any]]:
        """One row for each transport."""
        return [run.costs() for run in self.runs]

    def csv_text(self) -> str:
        """The table as CSV."""
        return csv_text(self.table())

    def write_csv(self, path: str | Path) -> Path:
        """Write the table as CSV."""
        path = Path(path)
        path.write_text(self.csv_text(), "utf-8", newline="")
        return path

    def figure(self) -> Plot:
        """Latency, requests, bytes and, where it was measured, processor time."""
        return plots.comparison(self.runs, bet=self.bet_by_label)

    def write_png(self, path: str | Path) -> Path:
        """Write the figure as PNG."""
        return self.figure().save(path)

    @property
    def bet_by_label(self) -> float | dict[str, float] | None:
        """The bet in the form that figures take: seconds, or seconds by the label of a run."""
        if isinstance(self.bet, Mapping):
            return {self.run(name).label: seconds for name, seconds in self.bet.items()}
        return self.bet

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(run.label for run in self.runs)}>"


async def compare(
    transports: Sequence[str | known.Transport] | None = None,
    *,
    bet: Bet | None = None,
    progress: Progress | None = None,
    **wishes: Unpack[Wishes],
) -> Comparison:
    """Measure each of the transports (names or Transports; None: all of `TRANSPORTS`).

    The conditions are those of `Settings`: rate=1.0, size=32, clients=1, duration or count,
    rtt=0.05, jitter=0.0, bandwidth=None, interval=1.0, simulated=True, seed=1, record=True.
    `progress(name, run_so_far)` is called a few times a second, and at the end of each run.
    """
    settings = Settings(**wishes)
    settings.schedule()  # raises LocalError before anything is measured
    runs = []
    for name, transport in _chosen(transports, settings.interval).items():
        await asyncio.sleep(0)
        runs.append(await _run(name, transport, settings, progress))
    await asyncio.sleep(0)
    return Comparison(settings, runs, bet)


def _chosen(
    wanted: Sequence[str | known.Transport] | None, interval: float
) -> dict[str, known.Transport]:
    chosen: dict[str, known.Transport] = {}
    for each in [wanted] if isinstance(wanted, str) else wanted or list(known.TRANSPORTS):
        one = known.named(each, interval) if isinstance(each, str) else each
        name = known.name_of(each) if isinstance(each, str) else one.name
        if name in chosen:
            raise LocalError(f"{name} is there twice: what is compared needs names of its own")
        chosen[name] = one
    return chosen


async def _run(
    name: str, transport: known.Transport, settings: Settings, progress: Progress | None
) -> Run:
    so_far: list[Callable[[], Run]] = []
    told = -math.inf

    def tell(run: Run) -> None:
        run.details |= {"name": name, "simulated": settings.simulated}
        if progress is not None:
            progress(name, run)

    def between() -> None:
        nonlocal told
        if progress is not None and so_far and time.monotonic() - told >= EVERY:
            tell(so_far[0]())
            told = time.monotonic()

    measured = measuring.measure(
        transport,
        settings.schedule(),
        rtt=settings.rtt,
        jitter=settings.jitter,
        bandwidth=settings.bandwidth,
        clients=settings.clients,
        duration=settings.duration,
        message=settings.message,
        whole=True,
        seed=settings.seed,
        record=RECORDED if settings.record else 0,
        progress=tell if progress is not None and not settings.simulated else None,
        every=EVERY,
        ready=so_far.append,
    )
    if settings.simulated:
        run = await clock.simulate_in_turns(measured, seed=settings.seed, between=between)
    else:
        run = await measured
    tell(run)
    return run
