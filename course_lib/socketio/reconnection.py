"""Reconnection: a manager that has lost its connection tries again.             Socket.IO rev. 5

    close ──> wait ──> reconnect_attempt(1) ──> error, reconnect_error(error) ──> wait, longer ──>
                       reconnect_attempt(2) ──> open, reconnect(2)
    after `reconnection_attempts` in a row, or when `should_retry` says no:  reconnect_failed

Lesson 13.  Builds on: `backoff`, `client_options`.  Used by: `manager`.
New here: one attempt at any time, and nothing of it is left when somebody leaves.
Left out: what was sent meanwhile; it waits in the buffer of its `client`.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from .backoff import delay
from .connect_error import ConnectError

if TYPE_CHECKING:
    from .manager import Manager

# A server may ask for a longer wait (Retry-After), but not for longer than this: seconds.
MAX_RETRY_AFTER = 3600.0


class Reconnection:
    """The attempts of one manager."""

    __slots__ = ("_manager", "_task", "attempts", "under_way", "waiting")

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._task: asyncio.Task[Any] | None = None
        self.attempts = 0  # since the connection was lost
        self.under_way = False  # from the loss until the connection is open, or we give up
        self.waiting = False  # for the next attempt

    def lost(self, error: ConnectError) -> None:
        """The connection is over."""
        self.stop()
        self._go_on(error, ask=False)

    def failed(self, error: ConnectError) -> None:
        """An attempt has failed."""
        again = self.under_way
        self._go_on(error, ask=True)
        if again:
            self._manager.emit("reconnect_error", error)

    def _go_on(self, error: ConnectError, *, ask: bool) -> None:
        manager = self._manager
        if self.waiting:
            return  # a listener has begun an attempt and lost it: the next one is due already
        self._task = None
        if not manager.wanted or manager.busy:
            return  # all have left, or one of them has begun to connect by itself
        if not manager.options.reconnection:
            self.give_up(error)
        elif self.attempts >= manager.options.reconnection_attempts:
            self.give_up(error, told=True)
        else:
            self.under_way = self.waiting = True
            task = manager.start(self._attempt(error, ask))
            if not task.done():  # as an eager task may be
                self._task = task
            task.add_done_callback(self._ended)

    async def _attempt(self, error: ConnectError, ask: bool) -> None:
        self._task = own = asyncio.current_task()
        wanted = not ask or await self._asked(error)
        if self._task is own and wanted:
            self.attempts += 1
            await asyncio.sleep(self._wait(error))
        if self._task is not own:
            return  # all have left meanwhile
        if not wanted or not self._manager.options.reconnection:
            self.give_up(error, told=not wanted)
            return
        self.waiting = False
        self._manager.emit("reconnect_attempt", self.attempts)
        if self._task is own:  # else a listener has ended it
            await self._manager.attempt()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """Neither `stop` nor a result has ended it, but somebody who cancels all tasks."""
        if self._task is task:
            self.give_up(ConnectError("the attempts were cancelled"))

    def _wait(self, error: ConnectError) -> float:
        """Seconds before the next attempt, which the server may have asked for (Retry-After)."""
        longer = getattr(error.description, "retry_after", None) or 0.0
        return max(self.delay(self.attempts), min(longer, MAX_RETRY_AFTER))

    def delay(self, attempt: int) -> float:
        """Seconds before this attempt, by the manager's options as they are now."""
        options = self._manager.options
        return delay(
            attempt,
            first=options.reconnection_delay,
            most=options.reconnection_delay_max,
            factor=options.randomization_factor,
        )

    async def _asked(self, error: ConnectError) -> Any:
        """Whether the application wants another attempt."""
        ask = self._manager.options.should_retry
        if ask is None:
            return True
        try:
            answer = ask(error)
            return await answer if inspect.isawaitable(answer) else answer
        # The last two: of its own.
        except (Exception, GeneratorExit, asyncio.CancelledError) as own:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._manager.runner.report(own, ("should_retry", str(error), self._manager))
            return True

    def give_up(self, error: ConnectError, *, told: bool = False) -> None:
        """There will be no other attempt.  `told`: "reconnect_failed" tells it."""
        self.stop()
        self._manager.given_up(error, told=told)

    def succeeded(self) -> None:
        """The connection is open."""
        if self.under_way:
            attempt = self.attempts
            self.attempts, self.under_way, self._task = 0, False, None
            self._manager.emit("reconnect", attempt)

    def stop(self) -> None:
        """Try no more."""
        task, self._task = self._task, None
        self.attempts, self.under_way, self.waiting = 0, False, False
        if task is not None and task is not asyncio.current_task():
            task.cancel()
