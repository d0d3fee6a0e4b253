"""Acknowledgements: requests that wait for their answers.                       Socket.IO rev. 5

    212["add",2,3]   ──>        pending {12: ...}      emit_with_ack("add", 2, 3)
                     <──  312[5]                       -> 5
    no answer in time: TimeoutError        the connection ends first: ConnectionClosed

Lesson 10.  Builds on: nothing.  Used by: `endpoint`, `namespace`.
New here: a number in a packet makes a request of an event, and of another packet its answer.
Answers may come in any order.  One that is late, or comes twice, finds nobody who waits.
Left out: trying again; that is the client's `retries`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..errors import ConnectionClosed, LocalError

# Called once, with the error, or with None and the answer's values.
Settle = Callable[[Exception | None, list[Any]], object]
MAX_PENDING = 10_000


class Ids:
    """Numbers for requests: 0, 1, 2, ...  All sockets of a server's namespace share one."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> int:
        """The next number."""
        number, self.next = self.next, self.next + 1
        return number

    def give_back(self, number: int) -> None:
        """The request could not be sent after all."""
        if self.next == number + 1:
            self.next = number


class Acks:
    """The requests of one socket that have no answer yet."""

    __slots__ = ("_pending", "gone", "max_pending")

    def __init__(self, max_pending: int = MAX_PENDING) -> None:
        self.max_pending = max_pending
        # Called with the number of a request for which nobody waits any more.
        self.gone: Callable[[int], object] | None = None
        self._pending: dict[int, tuple[Settle, asyncio.TimerHandle | None]] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def check_room(self) -> None:
        """LocalError if too many wait already."""
        if len(self._pending) >= self.max_pending:
            raise LocalError(
                f"{self.max_pending} requests wait for their answers (max_pending_acks)"
            )

    def add(self, id: int, settle: Settle, timeout: float | None) -> None:
        """Remember a request.  `timeout`: seconds until it fails with TimeoutError."""
        timer = None
        if timeout is not None:
            timer = asyncio.get_running_loop().call_later(timeout, self._late, id)
        self._pending[id] = settle, timer

    def _late(self, id: int) -> None:
        self.fail(id, TimeoutError("operation has timed out"))

    def answer(self, id: int | None, values: list[Any]) -> bool:
        """An answer came.  False: nobody waits for it, because it is late, doubled or invented."""
        return self._settle(id, None, values)

    def fail(self, id: int, error: Exception) -> bool:
        """No answer will come."""
        return self._settle(id, error, [])

    def drop(self, id: int) -> None:
        """The request could not be sent."""
        _, timer = self._pending.pop(id, (None, None))
        if timer is not None:
            timer.cancel()

    def forget(self, id: int) -> None:
        """Whoever waited has left."""
        settle, timer = self._pending.pop(id, (None, None))
        if timer is not None:
            timer.cancel()
        if settle is not None and self.gone is not None:
            self.gone(id)

    def _settle(self, id: Any, error: Exception | None, values: list[Any]) -> bool:
        settle, timer = self._pending.pop(id, (None, None))
        if timer is not None:
            timer.cancel()
        if settle is None:
            return False
        if error is not None and self.gone is not None:
            self.gone(id)
        settle(error, values)
        return True

    def close(self, *, keep: frozenset[int] = frozenset()) -> None:
        """The connection has ended: all fail, but those in `keep`, which were not sent yet."""
        for id in [id for id in self._pending if id not in keep]:
            self.fail(id, ConnectionClosed("socket has been disconnected"))


def value(values: list[Any]) -> Any:
    """An answer's values as one: None, the value, or a tuple of several."""
    if len(values) == 1:
        return values[0]
    return tuple(values) if values else None


def values(returned: Any) -> list[Any]:
    """What a listener returned, as the values of an answer: a tuple is several."""
    if returned is None:
        return []
    return list(returned) if type(returned) is tuple else [returned]
