"""Requests to the other nodes, until all have answered or the time is over.

    fetch_sockets      one answer of each node                    Request
    emit_with_ack      of each node how many it asks, then        AckRequest
                       one answer of each client

Lesson 16.  Builds on: `bus`.  Used by: `cluster`.
New here: how many nodes there are is counted just before a request leaves.  A node that goes, where
the engine tells it, is waited for no more.
Left out: which client of another node has not answered; the official formats do not say it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ..socketio.responses import Asked


class NoAnswer(TimeoutError):
    """Some nodes have not answered.  `responses`: what the others said."""

    def __init__(self, responses: list[Any], expected: int | None) -> None:
        known = "an unknown number" if expected is None else expected
        super().__init__(f"only {len(responses)} responses received out of {known}")
        self.responses = responses


class Request:
    """A request with one answer of each node.  Await `done`: their values, in order."""

    def __init__(self, seconds: float, ended: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        self.values: list[Any] = []
        self.over = False
        self.done: asyncio.Future[list[Any]] = loop.create_future()
        self._nodes: int | None = None  # how many are asked
        self._uids: dict[str, int] = {}  # of those that have answered, and how often
        self._gone = 0
        self._ended = ended
        self._timer = loop.call_later(seconds, self.stop)

    def asks(self, others: int) -> bool:
        """So many nodes are asked.  False: none, so that it need not leave."""
        self._nodes = others
        self.settle()
        return not self.over

    def answer(self, uid: str, value: Any) -> None:
        """A node has answered."""
        self._uids[uid] = self._uids.get(uid, 0) + 1
        self.values.append(value)
        self.settle()

    def left(self, uid: str) -> None:
        """A node has gone."""
        if uid not in self._uids:
            self._gone += 1
            self.settle()

    @property
    def silent(self) -> int:
        """How many nodes have not answered."""
        return 1 if self._nodes is None else self._nodes - self._gone - sum(self._uids.values())

    def settle(self) -> None:
        """End it, if everything has come."""
        if self._nodes is not None and self.silent <= 0:
            self.stop()

    def stop(self, error: Exception | None = None) -> None:
        """Nothing more will come: it was all, or the time is over, or it did not leave."""
        if self.over:
            return
        self.over = True
        self._timer.cancel()
        self._ended()
        if self.done.done():
            return  # nobody waits any more
        if error is not None:
            self.done.set_exception(error)
        elif self._nodes is None or self.silent > 0:
            self.done.set_exception(NoAnswer(self.values, self._nodes))
        else:
            self.done.set_result(self.values)


class AckRequest(Request):
    """The request of a broadcast: of each node a count, and as many answers of its clients."""

    def __init__(self, seconds: float, ended: Callable[[], object], asked: Asked) -> None:
        super().__init__(seconds, ended)
        self._asked = asked
        self._due: dict[str, int] = {}  # uid -> answers that have not come; of one that is gone: 0
        self._lost = 0
        asked.hold()

    def count(self, uid: str, clients: int) -> None:
        """A node says how many clients it asks."""
        self._due[uid] = self._due.get(uid, 0) + clients
        self.answer(uid, clients)

    def acknowledged(self, uid: str, value: Any) -> None:
        """A client of a node has answered; the count may come later."""
        self._due[uid] = self._due.get(uid, 0) - 1
        self._asked.answered_elsewhere(value)
        self.settle()

    def left(self, uid: str) -> None:
        """Its clients answer no more."""
        self._lost += max(0, self._due.pop(uid, 0))
        super().left(uid)
        self.settle()

    def settle(self) -> None:
        if not any(self._due.values()):
            super().settle()

    def stop(self, error: Exception | None = None) -> None:
        """As of each request; an error counts as silence."""
        if self.over:
            return
        unnamed = self._lost + sum(max(0, due) for due in self._due.values())
        silent = max(0, self.silent)
        self.done.cancel()  # `Asked` is what somebody waits for
        super().stop(error)
        self._asked.release(unnamed=unnamed, silent=silent)
