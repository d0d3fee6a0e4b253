"""An outbox: one bounded queue of messages, and one writer that publishes them in order.

    put(…) ──> [ 3 | 2 | 1 ] ──> await bus.publish(1) ──> offset ──> local delivery, if it waits
                                     raises ──> lost: told, and counted
    the engine is away               the queue waits; what is local goes on at once, in order
    the queue is full                the newest is lost: told, and counted

    healthy   ── a failure, once ──> on_unhealthy(error) ── it works again ──> on_healthy(gap)

Lesson 16.  Builds on: `bus`.  Used by: `cluster`.
New here: the task of the writer exists while there is something to write, so that an idle namespace
costs none, and one that has died is followed by another.
Left out: sending a message twice.  Nobody knows whether one that failed has arrived.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from .bus import Bus, Message

Local = Callable[[str | None], object]  # delivers here, and is told the offset
MAX_MESSAGES = 10_000
MAX_BYTES = 16 * 1024 * 1024


class NotPublished(ConnectionError):
    """The other processes did not get a message."""


@dataclass(slots=True)
class Gap:
    """An outage that is over."""

    seconds: float
    lost: int  # of our messages
    missed: bool  # others may have published what never came here


class Sent:
    """A message on its way.  It may be awaited, or left without a warning."""

    __slots__ = ("_patience", "_waiting", "done", "error")

    def __init__(self, patience: float) -> None:
        self.done = False
        self.error: Exception | None = None
        self._patience = patience
        self._waiting: asyncio.Future[None] | None = None

    def end(self, error: Exception | None) -> None:
        """It has been published, or is lost."""
        self.done, self.error = True, error
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def __await__(self) -> Generator[Any, Any, None]:
        """Until it has been published.  NotPublished, or TimeoutError while the bus is away."""
        return self._published().__await__()

    async def _published(self) -> None:
        if not self.done:
            if self._waiting is None:
                self._waiting = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(self._patience):
                await asyncio.shield(self._waiting)
        if self.error is not None:
            raise NotPublished(f"the other processes do not know of it: {self.error!r}")


@dataclass(slots=True)
class Entry:
    """A message that waits."""

    message: Message
    encoded: bytes
    sent: Sent
    local: Local | None = None
    volatile: bool = False  # lost rather than late
    # Called before it is published, with the number of other nodes.  False: it is needless now.
    wanted: Callable[[int], bool] | None = None
    expired: Callable[[], bool] = field(default=lambda: False)
    failed: Callable[[Exception], object] | None = None

    def end(self, error: Exception) -> None:
        """It is lost."""
        self.sent.end(error)
        if self.failed is not None:
            self.failed(error)


class Outbox:
    """What one adapter sends.  `put` never waits and never raises."""

    __slots__ = (
        "_back", "_bus", "_bytes", "_closed", "_down", "_lost", "_queue", "_since", "_writer",
        "healthy", "max_bytes", "max_messages", "on_error", "on_healthy", "on_unhealthy", "timeout",
    )  # fmt: skip

    def __init__(
        self,
        bus: Bus,
        *,
        on_unhealthy: Callable[[Exception], object],
        on_healthy: Callable[[Gap], object],
        on_error: Callable[[BaseException], object],
        timeout: float = 5.0,
        max_messages: int = MAX_MESSAGES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.on_unhealthy, self.on_healthy, self.on_error = on_unhealthy, on_healthy, on_error
        self.timeout, self.max_messages, self.max_bytes = timeout, max_messages, max_bytes
        self.healthy = True
        self._bus = bus
        self._queue: deque[Entry] = deque()
        self._bytes = 0
        self._down = self._closed = False
        self._back: asyncio.Future[None] | None = None  # the writer waits for the engine
        self._since = 0.0
        self._lost = 0
        self._writer: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, entry: Entry) -> Sent:
        """Send a message, after those before.  Its local part is done now, or when it has left."""
        if self._closed or (entry.volatile and not self.healthy):
            self._deliver(entry, None)
            entry.sent.end(None)
            return entry.sent
        if len(self._queue) >= self.max_messages or (
            self._queue and self._bytes + len(entry.encoded) > self.max_bytes
        ):
            full = f"{len(self._queue)} messages of {self._bytes} bytes wait for the bus"
            self._failed(NotPublished(full), entry)
            return entry.sent
        self._queue.append(entry)
        self._bytes += len(entry.encoded)
        if not (self._bus.offsets and self.healthy):
            self._deliver(entry, None)
        self.start()
        return entry.sent

    def start(self) -> None:
        """Begin to write, if there is something to write and a loop that runs."""
        if self._writer is None and self._queue:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return  # `Adapter.open` comes later
            self._writer = loop.create_task(self._write())
            self._writer.add_done_callback(self._ended)

    async def _write(self) -> None:
        while self._queue:
            if self._down:
                self._back = asyncio.get_running_loop().create_future()
                await self._back
                continue
            entry = self._queue[0]
            if entry.expired() or (entry.volatile and not self.healthy):
                self._drop(entry)
                entry.sent.end(None)
                continue
            try:
                async with asyncio.timeout(self.timeout):
                    offset = await self._publish(entry)
            except Exception as error:
                self._drop(entry)
                self._deliver(entry, None)  # before what waits after it
                self._failed(error, entry)
            else:
                self._drop(entry)
                self._deliver(entry, offset)
                entry.sent.end(None)
                if not self.healthy and not self._down and self._has_room_again:
                    self._works(missed=False)

    @property
    def _has_room_again(self) -> bool:
        return 2 * len(self._queue) <= self.max_messages and 2 * self._bytes <= self.max_bytes

    async def _publish(self, entry: Entry) -> str | None:
        if entry.wanted is not None:
            others = await self._bus.count(entry.message.nsp) - 1
            if not entry.wanted(others):
                return None
        return await self._bus.publish(entry.message, entry.encoded)

    def _drop(self, entry: Entry) -> None:
        if self._queue and self._queue[0] is entry:
            self._queue.popleft()
            self._bytes -= len(entry.encoded)

    def _ended(self, writer: asyncio.Task[None]) -> None:
        """The writer had nothing to do; or it was cancelled, or died of what is no Exception."""
        self._writer = None
        error = asyncio.CancelledError() if writer.cancelled() else writer.exception()
        if error is not None and self._queue and not self._closed:
            entry = self._queue[0]
            self._drop(entry)  # which may be what it died of
            self._deliver(entry, None)
            self._failed(NotPublished(f"the writer has ended: {error!r}"), entry)
        if not writer.get_loop().is_closed():
            self.start()

    def _deliver(self, entry: Entry, offset: str | None) -> None:
        local, entry.local = entry.local, None
        if local is not None:
            try:
                local(offset)
            except Exception as error:
                self.on_error(error)

    # Health.

    def _failed(self, error: Exception, entry: Entry) -> None:
        self._unhealthy(error)
        self._deliver(entry, None)
        self._lost += 1
        entry.end(error)

    def _unhealthy(self, error: Exception) -> None:
        if self.healthy:
            self.healthy, self._lost = False, 0
            self._since = _now()
            for entry in list(self._queue):
                self._deliver(entry, None)
            self.on_unhealthy(error)

    def _works(self, *, missed: bool) -> None:
        self.healthy = True
        self.on_healthy(Gap(_now() - self._since, self._lost, missed))

    def down(self, error: Exception) -> None:
        """The engine is away: what waits is kept for it, but for what is local."""
        self._down = True
        self._unhealthy(error)

    def up(self, *, missed: bool) -> None:
        """The engine is back."""
        if not self._down:
            return
        self._down = False
        if self._back is not None and not self._back.done():
            self._back.set_result(None)
        self._works(missed=missed)
        self.start()

    async def close(self, grace: float) -> None:
        """Publish what waits, for `grace` seconds at most.  What is lost is reported."""
        until = _now() + grace
        try:
            while self._queue and not self._down and _now() < until:
                self.start()
                if self._writer is not None:
                    await asyncio.wait([self._writer], timeout=until - _now())
                await asyncio.sleep(0)  # let `_ended` run, after which another may begin
        finally:
            self._closed = True
            left = [one for one in self._queue if not (one.volatile or one.expired())]
            self._queue.clear()
            self._bytes = 0
            if self._writer is not None:
                self._writer.cancel()
            lost = NotPublished(f"{len(left)} messages are lost: this adapter is closed")
            for entry in left:
                self._deliver(entry, None)
                entry.end(lost)
            if left:
                self.on_error(lost)
        if self._writer is not None:
            await asyncio.wait([self._writer])


def _now() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0
