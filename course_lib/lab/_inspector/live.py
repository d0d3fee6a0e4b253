"""An inspector that follows a recording while it grows.

Lessons 00 and 01 on.  Builds on: `lab.loop`, `lab.recording`.  Used by: `lab.inspector`.

    any thread     event, event, event ...        the recording's `on_change`
    kernel's loop          |  refresh ........ refresh     `EVERY` seconds apart or more
                           +--------^

New here: however much traffic there is, refreshing takes a fixed share of the loop's time: the
longer a refresh takes, the longer the next one waits.
Left out: a loop that is blocked; the refresh runs once the loop runs again.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ...errors import LocalError
from .. import loop as lab_loop
from ..recording import Event

if TYPE_CHECKING:
    from ..inspector import Inspector

EVERY = 0.25  # seconds
SHARE = 10  # refreshing takes at most 1 / SHARE of the time


class Listener:
    """Refreshes an inspector when its recording has grown, until `stop()`."""

    def __init__(self, view: Inspector) -> None:
        self._view = view
        self._recording = view.recording
        self._before = view.recording.on_change
        self._loop = _loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = False
        self._next = 0.0  # on the loop's clock
        self._stopped = False

    def start(self) -> None:
        """Start listening, and register the inspector, so that `lab.finish()` closes it."""
        self._view.listener = self
        self._recording.on_change = self._heard
        self._view.follow = True
        lab_loop.register(self._view)

    def stop(self) -> None:
        """Stop listening."""
        self._stopped = True
        if self._recording.on_change == self._heard:
            self._recording.on_change = self._before
        if self._timer is not None:
            self._timer.cancel()

    def _heard(self, event: Event) -> None:
        if self._before is not None:
            self._before(event)
        if not self._waiting and not self._stopped and not self._loop.is_closed():
            self._waiting = True
            self._loop.call_soon_threadsafe(self._arm)

    def _arm(self) -> None:
        wait = self._next - self._loop.time()
        self._timer = self._loop.call_later(max(0.0, wait), self._refresh)

    def _refresh(self) -> None:
        self._waiting = False
        if self._stopped:
            return
        began = time.perf_counter()
        self._view.refresh()
        cost = time.perf_counter() - began
        self._next = self._loop.time() + max(EVERY, SHARE * cost)


def _loop() -> asyncio.AbstractEventLoop:
    """The kernel's loop, or where there is no kernel the running one."""
    try:
        loop = lab_loop.kernel_loop()
        if not loop.is_closed():
            return loop
    except LocalError:
        pass
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise LocalError("nothing would refresh it: call lab.start() first") from None
