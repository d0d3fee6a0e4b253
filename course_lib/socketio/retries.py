"""Retries: an event is sent until it is answered.                               Socket.IO rev. 5

    Client(url, retries=3, ack_timeout=10)

    emit("a"), emit("b")     420["a"]  ──>                 one alone; nothing comes in time
                             421["a"]  ──>                 again, with another number
                                       <──  431["done"]
                             422["b"]  ──>                 only now the next one

    after 1 + `retries` attempts it is dropped, and its callback hears of an error
    to our own server (`deduplicate`)   420["a",{"_retry":["k3R…",0]}]   the same each time

Lesson 14.  Builds on: nothing.  Used by: `client`.
New here: at least once, in order.  A server may hear an event twice, when it was the answer that
got lost; one that remembers the last number of each client does not.
Left out: volatile events, which are sent once or not at all.
"""

from __future__ import annotations

import functools
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .acks import Settle

RETRY = "_retry"  # the only key of the last argument


@dataclass(slots=True, eq=False)
class Unanswered:
    """An event in the queue.  `send` makes one attempt: it raises, or calls the callback later;
    what it returns forgets the attempt."""

    send: Callable[[int, Settle], Callable[[], object]]
    settle: Settle
    number: int
    attempts: int = 0
    under_way: bool = False
    over: bool = False
    forget: Callable[[], object] | None = None


class Retries:
    """The events of one client that have no answer yet; the first of them is under way."""

    __slots__ = ("_numbers", "_ready", "key", "limit", "waiting")

    def __init__(self, limit: int, ready: Callable[[], bool]) -> None:
        self.limit = limit  # of the attempts after the first one
        self._ready = ready  # whether there is a connection
        self.key = secrets.token_urlsafe(12)  # tells this client's events from those of others
        self.waiting: deque[Unanswered] = deque()
        self._numbers = 0

    def __len__(self) -> int:
        return len(self.waiting)

    def add(
        self, send: Callable[[int, Settle], Callable[[], object]], settle: Settle
    ) -> Unanswered:
        """An event waits for its turn."""
        one = Unanswered(send, settle, self._numbers)
        self._numbers += 1
        self.waiting.append(one)
        return one

    def go_on(self, *, again: bool = False) -> None:
        """Send the first one, if it is not under way.  `again`: there is a new connection."""
        while self.waiting and self._ready():
            one = self.waiting[0]
            if one.under_way and not again:
                return
            again = False
            one.under_way = True
            one.attempts += 1
            try:
                one.forget = one.send(one.number, functools.partial(self._settled, one))
            except Exception as error:  # what it holds was changed while it waited
                self._drop(one)
                one.settle(error, [])
                continue
            return

    def _settled(self, one: Unanswered, error: Exception | None, values: list[Any]) -> None:
        if one.over:
            return
        one.under_way = False
        if error is None or one.attempts > self.limit:
            self._drop(one)
            one.settle(error, values)
        self.go_on()

    def forget(self, one: Unanswered) -> None:
        """Nobody waits for it any more."""
        if not one.over:
            self._drop(one)
            if one.forget is not None:
                one.forget()
            self.go_on()

    def _drop(self, one: Unanswered) -> None:
        one.over = True
        self.waiting.remove(one)
