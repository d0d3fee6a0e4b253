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

    def lost(self) -> None:
        """The connection is over."""
        self.stop()
        if self._manager.options.reconnection:
            self._next(None)

    def failed(self, error: ConnectError) -> None:
        """An attempt has failed."""
        again = self.under_way
        options = self._manager.options
        if not options.reconnection:
            self._give_up(error)
        elif self.attempts >= options.reconnection_attempts:
            self._give_up(error, told=True)
        else:
            self._next(error)
        if again:
            self._manager.emit("reconnect_error", error)

    def _next(self, error: ConnectError | None) -> None:
        if not self._manager.wanted or self._manager.busy:
            return  # all have left, or one of them has begun to connect by itself
        self.under_way = self.waiting = True
        self._task = self._manager.start(self._attempt(error))

    async def _attempt(self, error: ConnectError | None) -> None:
        manager = self._manager
        if error is not None and not await self._asked(error):
            self._give_up(error, told=True)
            return
        self.attempts += 1
        wait = self.delay(self.attempts)
        longer = getattr(error.description, "retry_after", None) if error is not None else None
        await asyncio.sleep(max(wait, min(longer or 0.0, MAX_RETRY_AFTER)))
        self.waiting = False
        manager.emit("reconnect_attempt", self.attempts)
        if self._task is asyncio.current_task():  # else a listener has ended it
            await manager.attempt()

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
        except Exception as own:
            self._manager.runner.report(own, ("should_retry", str(error), self._manager))
            return True

    def _give_up(self, error: ConnectError, *, told: bool = False) -> None:
        self.stop()
        if told:
            self._manager.emit("reconnect_failed")
        if not self._manager.busy:
            self._manager.given_up(error)

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
