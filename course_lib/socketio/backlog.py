"""A backlog: what waits for a client that reads too slowly, and what is dropped.   Socket.IO rev. 5

    overflow="close"          the session ends, as by default: nothing was lost without notice
    overflow="drop_oldest"    a client that falls behind gets the newest events
    overflow="drop_newest"    it gets the oldest
    overflow=function         function(socket, event) says one of the three for each event

Lesson 10.  Builds on: nothing.  Used by: `connection`.
New here: an event is dropped whole, with its attachments.  Answers and what the protocol needs are
never dropped.
Left out: asking the client; `emit_with_ack` and `drain` do, and lose nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

CLOSE, DROP_OLDEST, DROP_NEWEST = POLICIES = ("close", "drop_oldest", "drop_newest")
Overflow = str | Callable[[Any, list[Any]], str]
Messages = list[str | bytes]


class Backlog:
    """Packets that wait for their client, in order, up to `max_size` bytes."""

    __slots__ = ("_packets", "max_size", "size")

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.size = 0
        self._packets: deque[tuple[Messages, int, bool]] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def put(self, messages: Messages, *, droppable: bool) -> None:
        """Let a packet wait."""
        size = size_of(messages)
        self._packets.append((messages, size, droppable))
        self.size += size

    def take(self) -> Messages:
        """The packet that has waited longest."""
        messages, size, _ = self._packets.popleft()
        self.size -= size
        return messages

    def make_room(self, size: int) -> bool:
        """Drop the oldest events until `size` bytes more have room.  False: there is none."""
        kept: list[tuple[Messages, int, bool]] = []
        while self.size + size > self.max_size and self._packets:
            packet = self._packets.popleft()
            if packet[2]:
                self.size -= packet[1]
            else:
                kept.append(packet)
        self._packets.extendleft(reversed(kept))
        return self.size + size <= self.max_size


def size_of(messages: Messages) -> int:
    """Bytes, or characters, of a packet."""
    return sum(map(len, messages))
