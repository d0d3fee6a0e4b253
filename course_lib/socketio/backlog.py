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
Waiting = tuple[Messages, int, bool, bool]  # its size; whether it may be dropped, and compressed
MAX_PACKETS = 10_000  # whatever their size


class Backlog:
    """Packets that wait for their client, in order: events up to `max_size` bytes."""

    __slots__ = ("_packets", "max_size", "size")

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.size = 0
        self._packets: deque[Waiting] = deque()

    def __len__(self) -> int:
        return len(self._packets)

    def has_room(self, size: int) -> bool:
        """Whether an event of this size may wait, too."""
        return self.size + size <= self.max_size and len(self._packets) < MAX_PACKETS

    @property
    def overfull(self) -> bool:
        """Whether even what may not be dropped has no room: it may take as much again."""
        return self.size > 2 * self.max_size or len(self._packets) > 2 * MAX_PACKETS

    def put(self, messages: Messages, *, droppable: bool, compress: bool = True) -> None:
        """Let a packet wait."""
        size = size_of(messages)
        self._packets.append((messages, size, droppable, compress))
        self.size += size

    def take(self) -> tuple[Messages, bool]:
        """The packet that has waited longest, and whether to compress it."""
        messages, size, _, compress = self._packets.popleft()
        self.size -= size
        return messages, compress

    def make_room(self, size: int) -> bool:
        """Drop the oldest events until `size` bytes more have room.  False: there is none."""
        kept: list[Waiting] = []
        left = len(self._packets)
        while left and not self.has_room(size):
            left -= 1
            packet = self._packets.popleft()
            if packet[2]:
                self.size -= packet[1]
            else:
                kept.append(packet)
        self._packets.extendleft(reversed(kept))
        return self.has_room(size)


def size_of(messages: Messages) -> int:
    """Bytes, or characters, of a packet."""
    return sum(map(len, messages))
