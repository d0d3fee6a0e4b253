"""The sending half of a simulated transport: a backlog, and the water marks that pause its writer.

Builds on: `link`.  Used by: `pipe`.

    write --> [ backlog ] --> Link (takes what it has `free`)
               > high: pause_writing      < low: resume_writing

New here: back-pressure as asyncio defines it.  What the link has taken counts as sent (as in the
system's socket buffer), so `get_write_buffer_size` is what the link has no room for yet.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from .link import Cut, Link

HIGH_WATER = 65_536  # bytes, as in asyncio


class SendBuffer:
    """Pushes what is written into a link, as soon as it has room."""

    def __init__(self, loop: asyncio.AbstractEventLoop, link: Link) -> None:
        self.bytes_sent = 0
        self.size = 0  # bytes in the backlog
        self.limits = (HIGH_WATER // 4, HIGH_WATER)
        self.cut_after: tuple[int, Callable[[], None]] | None = None
        self.on_push: Callable[[], None] = lambda: None  # the other end sets its timer
        self._loop = loop
        self._link = link
        self._backlog: deque[memoryview] = deque()
        self._paused = False

    def write(self, data: bytes, protocol: asyncio.BaseProtocol | None) -> None:
        """Send `data`, or keep what the link has no room for and pause the writer."""
        if not self._backlog and len(data) <= self._link.free:
            self._push(data)
            return
        self._backlog.append(memoryview(data))
        self.size += len(data)
        self.flush(protocol)

    def flush(self, protocol: asyncio.BaseProtocol | None) -> None:
        """Move what the link has room for; pause or resume the writer."""
        link = self._link
        while self._backlog and not link.full:
            view = self._backlog.popleft()
            if len(view) > link.free:
                self._backlog.appendleft(view[link.free :])
                view = view[: link.free]
            self.size -= len(view)
            self._push(bytes(view))
        self.look(protocol)

    def set_limits(
        self, high: int | None, low: int | None, protocol: asyncio.BaseProtocol | None
    ) -> None:
        """Set the water marks; if one is None it follows from the other: high = 4 * low."""
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        low = high // 4 if low is None else low
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self.limits = (low, high)
        self.look(protocol)

    def look(self, protocol: asyncio.BaseProtocol | None) -> None:
        """Pause or resume the writer, by comparing the backlog with the water marks."""
        low, high = self.limits
        if protocol is None:
            return
        if not self._paused and self.size > high:
            self._paused = True
            protocol.pause_writing()
        elif self._paused and self.size <= low:
            self._paused = False
            protocol.resume_writing()

    def handshake(self) -> None:
        """Send an empty packet: one step of the three-way handshake."""
        self._link.push(self._loop.time(), b"")
        self.on_push()

    def cut(self, how: Cut, *, drop: bool = False) -> None:
        """End this direction; with `drop`, what has not left is lost."""
        if drop:
            self._backlog.clear()
            self.size = 0
        self._link.cut(self._loop.time(), how, drop=drop)
        self.on_push()

    def _push(self, data: bytes) -> None:
        cut = None
        if self.cut_after is not None:
            left, cut = self.cut_after
            if len(data) < left:
                self.cut_after, cut = (left - len(data), cut), None
            else:
                self.cut_after, data = None, data[:left]
        if data:
            self.bytes_sent += len(data)
            self._link.push(self._loop.time(), data)
            self.on_push()
        if cut is not None:
            cut()
