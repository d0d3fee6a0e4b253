"""Jupyter's Interrupt: it ends the running cell at once, and never the kernel.

Lesson 00.  Builds on: `errors`.  Used by: `loop_thread`, `lab.loop`.

    synchronous cell         SIGINT -> KeyboardInterrupt, at any line           Python's own handler
    cell that awaits         SIGINT -> callback on the loop -> task.cancel()    ipykernel's handler
    run(...) in either       SIGINT -> noted; the wait sees it                  ours, while it waits
    a callback, a task       the same, and the error is `Interrupted`

New here: three gaps are closed.  ipykernel's handler does not wake the selector, so a bare
`await asyncio.sleep(60)` would sleep on: we wake it, and a timer ticks for Windows, where a signal
alone does not end a wait.  Its callback cannot run while `run` blocks the loop: we note the
Interrupt, also one that came just before.  And a KeyboardInterrupt in a callback would end the
kernel's loop: there we raise an ordinary exception, `Interrupted`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import CourseError

_TICK = 0.1  # seconds; on Windows a wait for a lock without a time-out cannot be interrupted either
_HINT = (
    "run() was waiting. A server that was started with `await` in a cell cannot answer "
    "meanwhile: start it with lab.loop.in_thread(...)."
)


class Interrupted(CourseError):
    """The user pressed Interrupt in code that was not a cell: a callback or a background task."""


class Interrupts:
    """Which cell runs, and how often Interrupt was pressed in it."""

    def __init__(self) -> None:
        self._cell: asyncio.Task[Any] | None = None
        self._pressed: list[int] = []
        self._ticker: asyncio.TimerHandle | None = None

    def cell_starts(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note the task of the cell, in which this is called, and wake the loop at an Interrupt."""
        self.cell_ended()
        self._cell = asyncio.current_task(loop)
        before: Any = signal.getsignal(signal.SIGINT)
        if callable(before) and before is not signal.default_int_handler:
            pressed = self._pressed

            def note(number: int, frame: Any) -> None:
                pressed.append(number)
                before(number, frame)
                loop.call_soon_threadsafe(lambda: None)  # wake the selector, as asyncio.Runner does

            signal.signal(signal.SIGINT, note)  # ipykernel restores its own handler after the cell
        self._tick(loop)

    def cell_ended(self) -> None:
        """Note that no cell runs; stop the timer, so that an idle kernel sleeps.  Idempotent."""
        self._cell = None
        self._pressed = []
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ticker = loop.call_later(_TICK, self._tick, loop)

    @contextmanager
    def noted(self) -> Iterator[list[int]]:
        """Note Interrupts and do not raise: a KeyboardInterrupt might hit the kernel's own code.

        Yields the list of the Interrupts that the cell has not handled yet.
        """
        pressed = self._pressed if self._in_the_cell() else []
        before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or before is None:
            yield []
            return
        signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
        try:
            yield pressed
        finally:
            signal.signal(signal.SIGINT, before)

    def error(self) -> BaseException:
        """The exception to raise in the code that the user interrupted."""
        self._pressed.clear()
        try:
            inside = asyncio.current_task() is not None
        except RuntimeError:
            inside = False
        if inside and not self._in_the_cell():
            return Interrupted(f"interrupted. {_HINT}")
        interrupt = KeyboardInterrupt()
        interrupt.add_note(_HINT)
        return interrupt

    def _in_the_cell(self) -> bool:
        try:
            return self._cell is not None and asyncio.current_task() is self._cell
        except RuntimeError:
            return False


def wait(
    outcome: concurrent.futures.Future[Any],
    pressed: list[int],
    enough: int,
    timeout: float | None = None,
) -> None:
    """Wait for the outcome, `enough` Interrupts, or the time-out, in pieces of `_TICK` seconds."""
    for _ in itertools.count() if timeout is None else range(int(timeout / _TICK)):
        if concurrent.futures.wait([outcome], 0 if len(pressed) >= enough else _TICK).done:
            return
        if len(pressed) >= enough:
            return
