"""The answers of a broadcast: one for each client that was asked.                Socket.IO rev. 5

    await io.timeout(5).emit_with_ack("ready?")     Responses: a list, in the order of answers
    responses.by_id                                 the same by the id of the socket
    AckTimeout(responses)                           some have not answered: `missing` names them

Lesson 11.  Builds on: nothing.  Used by: `adapter`, `broadcast`.
New here: the count of what is expected may grow while answers come; other processes tell theirs
later.
Left out: how clients are asked; see `adapter`.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

Value = TypeVar("Value")


class Responses(list[Value]):
    """The answers of a broadcast, in the order in which they came: of each its first value.

    `by_id` has those of this process's sockets by their id, `missing` the ids of its sockets that
    have not answered.  Other processes do not tell ids: `unnamed` counts their sockets that have
    not answered, `silent` the processes that have told nothing at all.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by_id: dict[str, Value] = {}
        self.missing: list[str] = []
        self.unnamed = self.silent = 0

    @property
    def complete(self) -> bool:
        """Whether everybody has answered."""
        return not (self.missing or self.unnamed or self.silent)


class AckTimeout(TimeoutError):
    """Some have not answered in time.  `responses` has the answers that came."""

    def __init__(self, responses: Responses[Any]) -> None:
        super().__init__("operation has timed out")
        self.responses = responses


class Asked:
    """A broadcast whose answers are collected.  The adapter calls these methods."""

    __slots__ = ("_left", "done", "responses")

    def __init__(self) -> None:
        self.done: asyncio.Future[Responses[Any]] = asyncio.get_running_loop().create_future()
        self.responses = Responses[Any]()
        self._left = 0

    def hold(self) -> None:
        """Others will be asked as well: wait for `release`."""
        self._left += 1

    def release(self, *, unnamed: int = 0, silent: int = 0) -> None:
        """The others have answered, but for so many."""
        self.responses.unnamed += unnamed
        self.responses.silent += silent
        self._settle(1)

    def expect(self, count: int) -> None:
        """So many sockets of this process are asked."""
        self._left += count
        self._settle(0)

    def answered(self, id: str, error: Exception | None, values: list[Any]) -> None:
        """A socket of this process has answered, or will not."""
        if error is not None:
            self.responses.missing.append(id)
        else:
            self.responses.by_id[id] = values[0] if values else None
            self.responses.append(self.responses.by_id[id])
        self._settle(1)

    def answered_elsewhere(self, value: Any) -> None:
        """A socket of another process has answered."""
        self.responses.append(value)

    def _settle(self, ended: int) -> None:
        self._left -= ended
        if self._left or self.done.done():
            return
        if self.responses.complete:
            self.done.set_result(self.responses)
        else:
            self.done.set_exception(AckTimeout(self.responses))
