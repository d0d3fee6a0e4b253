"""Bytes that no layer knows, as they were written.

Lessons 00 and 01 on.  Builds on: `messages`.  Used by: `lab.dissect`, `http`.

    write, write, write   ->   Message, Message, Message

New here: nothing; where there is no protocol that we know, the writes are the only boundary.
Left out: guessing the protocol.
"""

from __future__ import annotations

from . import messages
from .messages import RAW, Message


class Raw:
    """The layer for an unknown protocol: each write is shown as it is."""

    def __init__(self, starts: dict[str, int] | None = None) -> None:
        self._at = dict(starts or {"up": 0, "down": 0})
        self._messages: list[Message] = []

    def receive(self, direction: str, data: bytes) -> None:
        """Make a message of one write: the write is the only boundary there is."""
        if data:
            start = self._at[direction]
            stop = self._at[direction] = start + len(data)
            self._messages.append(
                Message(direction, RAW, messages.preview(data, 40), start, stop, data, value=data)
            )

    def end(self, direction: str, how: str) -> None:
        """Do nothing: a write is never incomplete."""

    def messages(self) -> list[Message]:
        """Every write."""
        return [*self._messages]
