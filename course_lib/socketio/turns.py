"""Turns: which events of a socket are being handled, and which wait.              Socket.IO rev. 5

    e1 e2 e3 ──>  listeners start in the order in which events came
                  with `ordered`: e2 starts when the listeners of e1 have ended

Lesson 09.  Builds on: nothing.  Used by: `endpoint`.
New here: a listener that waits does not stop the reader, which also brings the answers that
listeners wait for.  How many run, and how many events wait for them, is bounded.
Left out: what happens when the bound is reached; the endpoint decides.
"""

from __future__ import annotations

from collections import deque
from typing import Any

MAX_WAITING = 1_000  # events of one socket that wait for a listener


class Turns:
    """The events of one socket: how many listeners still run, and what waits for its turn.

    An endpoint has one only after a listener has waited, or with `ordered`.
    """

    __slots__ = ("held", "max_running", "max_waiting", "running", "waiting", "waiting_size")

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running = max_running
        self.max_waiting = max_waiting  # bytes; and 1,000 events
        self.running = 0
        self.held = False  # a middleware waits: nothing may overtake its event
        self.waiting: deque[tuple[list[Any], int | None, int]] = deque()
        self.waiting_size = 0

    @property
    def full(self) -> bool:
        """Whether an event has to wait now."""
        return self.held or bool(self.waiting) or self.running >= self.max_running

    @property
    def ready(self) -> bool:
        """Whether an event that waits may start now."""
        return bool(self.waiting) and not self.held and self.running < self.max_running

    def put(self, data: list[Any], id: int | None, size: int) -> bool:
        """Let an event wait.  False: there is no room.  One event has room, whatever its size."""
        if self.waiting and (
            len(self.waiting) >= MAX_WAITING or self.waiting_size + size > self.max_waiting
        ):
            return False
        self.waiting.append((data, id, size))
        self.waiting_size += size
        return True

    def replace_oldest(self, data: list[Any], id: int | None, size: int) -> None:
        """Let it wait in place of those that have waited longest."""
        while not self.put(data, id, size):
            self.take()

    def take(self) -> tuple[list[Any], int | None]:
        """The event whose turn it is."""
        data, id, size = self.waiting.popleft()
        self.waiting_size -= size
        return data, id

    def clear(self) -> None:
        """The connection has ended: what waits has no turn any more."""
        self.waiting.clear()
        self.waiting_size = 0
