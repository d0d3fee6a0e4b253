"""The transport lab: choose transports and a network, bet, run, and compare the results.

Lesson 06.  Builds on: `compare`, `bets`, `loop`, `sequence`; the parts are in
`lab._transport_lab`, the widgets there in `panel`.

    panel = transport_lab()                the widgets; a table or a figure where there are none
    panel.set(rate=40, rtt=0.05)           what its fields do, as calls
    panel.choose("long polling", "WebSocket")
    panel.bet({"WebSocket": 0.025})        seconds; a bet counts for the next run
    await panel.run()                      panel.cancel() ends it
    panel.figure()   panel.percentiles()   panel.message("WebSocket", 3)
    panel.write_csv("runs.csv")            panel.write_png("runs.png")

New here: the widgets can do nothing that code cannot.  They call these methods and show the
results, so what was clicked can be typed: `panel.call` is the one call of `compare` that does the
same.
Left out: two runs at once; they would share the processor and slow each other down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import LocalError
from . import bets, compare, sequence
from . import loop as lab_loop
from ._compare import transports as known
from ._transport_lab import conditions, shelf, stand_in
from .figures.figure import Plot
from .runs import Run

__all__ = ["TransportLab", "transport_lab"]

_labs: dict[str, TransportLab] = {}


def transport_lab(
    *, name: str = "transport lab", transports: Sequence[str] | None = None, **wishes: Any
) -> TransportLab:
    """The lab of that name, with these transports and conditions (as for `compare`).

    Without `transports` it has `compare.TRANSPORTS`; for all that the course knows, give it
    `[*compare.TRANSPORTS, *compare.ENGINEIO, *compare.SOCKETIO]`.
    A cell that is run again gets the same lab with its kept runs, so no second lab is at work.
    """
    panel = _labs.get(name)
    if panel is None:
        panel = _labs[name] = TransportLab(name)
    panel.offer(transports)
    panel.set(**conditions.DEFAULTS | wishes)
    return panel


class TransportLab:
    """The choices, the present run, and the kept runs.  Calls come from the kernel's loop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._offered: list[str] | None = None
        self.transports: list[str] = self.offered
        self.wishes: dict[str, Any] = dict(conditions.DEFAULTS)
        self.bets: dict[str, bets.Bet] = {}  # for the next run
        self.shelf = shelf.Shelf()
        self.live: dict[str, Run] = {}  # of the present run, or of the last one
        self.ran: compare.Settings | None = None  # its conditions
        self.said: list[str] = []  # what happened last, in sentences
        self.on_change: list[Callable[[], None]] = []  # called after each change
        self.view: Any = None  # a `panel.Panel`, once it is shown
        self._task: asyncio.Task[compare.Comparison] | None = None

    def set(self, **wishes: Any) -> None:
        """Change conditions: rate, size, clients, duration, interval, rtt, jitter, bandwidth, …"""
        if unknown := [name for name in wishes if name not in conditions.DEFAULTS]:
            names = ", ".join(conditions.DEFAULTS)
            raise LocalError(f"no condition {unknown[0]!r}; there are {names}")
        compare.Settings(**self.wishes | wishes)  # LocalError for impossible values
        self.wishes |= wishes
        self._tell()

    @property
    def offered(self) -> list[str]:
        """The transports to choose from."""
        return list(compare.TRANSPORTS) if self._offered is None else list(self._offered)

    def offer(self, transports: Sequence[str] | None) -> None:
        """Offer these transports (None: `compare.TRANSPORTS`), and choose all of them."""
        names = None if transports is None else [known.name_of(each) for each in transports]
        self._offered = names if names is None else list(dict.fromkeys(names))
        self.choose(*self.offered)

    def choose(self, *transports: str) -> None:
        """Compare these transports, in the order in which they are offered."""
        names = [known.name_of(each) for each in transports]
        if missing := [name for name in names if name not in self.offered]:
            raise LocalError(f"{missing[0]} is not offered here: {'; '.join(self.offered)}")
        self.transports = [name for name in self.offered if name in names]
        self._tell()

    def bet(self, medians: Mapping[str, float]) -> None:
        """Bet on the median latency of transports, in seconds, before the next run."""
        for name, seconds in medians.items():
            placed = bets.Bet(f"Median latency of {known.name_of(name)}?", unit="ms")
            placed.place(round(seconds * 1000, 6))
            self.bets[known.name_of(name)] = placed
        self._tell()

    @property
    def call(self) -> str:
        """The call that does the same run in a cell."""
        return conditions.call(self.wishes, self.transports)

    @property
    def running(self) -> bool:
        """Whether a run goes on."""
        return self._task is not None and not self._task.done()

    async def run(self) -> compare.Comparison | None:
        """Measure the chosen transports, and keep the result.  None if the run was cancelled.

        LocalError for what cannot be measured, and while another run goes on.
        """
        if self.running:
            raise LocalError("a run goes on; cancel it first")
        settings = conditions.checked(self.wishes, self.transports)
        settings.schedule()
        placed, self.bets = self.bets, {}
        self.live, self.ran = {}, settings
        measuring = compare.compare(tuple(self.transports), progress=self._progress, **self.wishes)
        task = self._task = asyncio.create_task(measuring)
        lab_loop.register(self)
        self._say(f"Running: {conditions.said(settings)}.")
        try:
            comparison = await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():  # the task that awaits the run was cancelled
                task.cancel()
                await asyncio.wait([task])
                raise
            self._say("Cancelled. Nothing of it is kept, and nothing is running.")
            return None
        except Exception as error:
            self._say(f"The run failed: {_sentence(error)}")
            raise
        self._keep(comparison, placed)
        return comparison

    def cancel(self) -> None:
        """End the run that goes on.  Idempotent, and allowed from any thread."""
        task = self._task
        if task is None or task.done():
            self._say("Nothing is running.")
        else:
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def close(self) -> None:
        """End the present run; `lab.finish()` does it.  Kept runs stay, and it can run again."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    # The results.

    def show(self, *numbers: int) -> None:
        """Choose kept runs by their numbers, for figures and files."""
        self.shelf.show(*numbers)
        self._tell()

    def figure(self) -> Plot:
        """Latency, requests, bytes, and processor time where it was measured."""
        return self.shelf.figure()

    def percentiles(self) -> Plot:
        """A curve of percentiles for each run, to show the tail."""
        return self.shelf.percentiles()

    def message(self, transport: str, number: int, reader: int = 1) -> Plot:
        """How message `number` came to a reader, both counted from 1, in the newest run shown."""
        newest = self.shelf.chosen()[-1].comparison
        run = newest.run(transport)
        if run.recording is None:
            raise LocalError(f"only the latest {shelf.RECORDED} runs still have their bytes")
        if not 1 <= reader <= newest.settings.clients:
            raise LocalError(f"readers are 1 to {newest.settings.clients}: {reader}")
        return sequence.plot(newest.message(run, number, f"reader {reader - 1}"))

    def table(self) -> list[dict[str, Any]]:
        """A row for each run that is shown."""
        return self.shelf.table()

    def write_csv(self, path: str | Path, *, messages: bool = False) -> Path:
        """Write the table, or with `messages` a row for each message and reader, as CSV."""
        return self.shelf.write_csv(path, messages=messages)

    def write_png(self, path: str | Path) -> Path:
        """Write the figure as PNG."""
        return self.shelf.write_png(path)

    # Inside.

    def _progress(self, name: str, run: Run) -> None:
        self.live[name] = run
        self._tell()

    def _keep(self, comparison: compare.Comparison, placed: Mapping[str, bets.Bet]) -> None:
        medians = {str(run.details["name"]): run.median for run in comparison.runs}
        found = {name: bet for name, bet in placed.items() if name in medians}
        comparison.bet = {name: bet.seconds or 0.0 for name, bet in found.items()} or None
        kept = self.shelf.keep(comparison)
        said = [f"{name}: {bet.reveal(medians[name] * 1000).text}" for name, bet in found.items()]
        self._say(f"Kept as run {kept.number}.", *(said or ["No bet was placed."]))

    def _say(self, *sentences: str) -> None:
        self.said = list(sentences)
        self._tell()

    def _tell(self) -> None:
        for each in [*self.on_change]:
            each()

    def __repr__(self) -> str:
        return stand_in.text(self)

    def _repr_html_(self) -> str:
        return stand_in.html(self)

    def _repr_mimebundle_(self, **more: Any) -> dict[str, Any]:
        """The widgets, and the stand-in where there are no widgets."""
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            shown = self.widgets()._repr_mimebundle_(**more)
        except ImportError:
            return bundle
        return {**shown, **bundle}

    def widgets(self) -> Any:
        """The panel as one ipywidget; the same one each time.  Needs `lab.start()`."""
        if self.view is None or self.view.transports != self.offered:
            from ._transport_lab import panel

            if self.view is not None:  # a transport was registered since
                self.view.close()
            self.view = panel.Panel(self)
        return self.view.root


def _sentence(error: Exception) -> str:
    """An exception as one sentence."""
    text = str(error).split("\n", 1)[0] or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{text}."
