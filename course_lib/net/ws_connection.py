"""A WebSocket to await: the pull view of `net.ws_link`.

    network -> [ at most max_queued bytes ] -> recv, async for         else reading pauses
    send -> wire -> [ the transport's buffer ] -> network              when it is full, send waits

Lesson 05.  Builds on: net.ws_link.  Used by: net.ws_server, net.ws_client.
New here: one reader and any number of writers; the end of the connection wakes all that wait.
Back-pressure: `send` waits while the peer reads more slowly than we write.
A message in parts makes all other messages wait until it is whole.
Left out: a second reader (which of the two would get a message?); priorities among writers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Coroutine, Iterable, Mapping
from typing import Any, Self

from ..errors import LocalError
from ..wire.websocket import close_codes, closing
from ..wire.websocket import connection as websocket
from ..wire.websocket.connection import Payload
from . import ws_link, ws_options

MAX_QUEUED = 1024  # messages, however short
WHOLE = (str, bytes, bytearray, memoryview)  # a tuple: isinstance with a union is 0.4 µs slower
Parts = Iterable[Payload] | AsyncIterable[Payload]


class Connection(ws_link.PushConnection):
    """One end of a WebSocket.  `ws.connect` returns one, and a server's handler is given one."""

    def __init__(
        self,
        wire: websocket.Connection,
        *,
        max_queued: int = 262_144,
        max_unsent: int = 1_048_576,
        stall_timeout: float = 60.0,
    ) -> None:
        super().__init__(wire, max_unsent=max_unsent, stall_timeout=stall_timeout)
        self.max_queued = max_queued
        self.on_message = self._put
        self.on_close = self._wake_all
        self.on_drain = self._wake_writers
        self._queue: deque[str | bytes] = deque()
        self._queued = 0  # bytes, or characters, in it
        self._reader: asyncio.Future[None] | None = None
        self._writers: asyncio.Future[None] | None = None  # done when there is room to send
        self._turn: asyncio.Lock | None = None  # held while a message is sent in parts
        self._pings: dict[int, asyncio.Future[float]] = {}  # the number of a ping -> its latency
        self._lost: asyncio.Future[None] | None = None  # done when TCP has ended; see `wait_closed`
        self._is_lost = False

    @property
    def close_code(self) -> int | None:
        """The code of the end, see `closing.Closed`; None before the end."""
        return self.wire.closed.code if self.wire.closed else None

    @property
    def close_reason(self) -> str | None:
        """The reason that came with the code; None before the end."""
        return self.wire.closed.reason if self.wire.closed else None

    # Messages in.

    def recv(self) -> Coroutine[Any, Any, str | bytes]:
        """The next message: `await` it.  ConnectionClosed, with `code` and `reason`, at the end.

        What came before the end can still be received after it, unless we closed ourselves.
        LocalError when another task is waiting here already.
        """
        return self._next(iterating=False)

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Coroutine[Any, Any, str | bytes]:
        """The next message.  A normal end stops the iteration, any other end is raised."""
        return self._next(iterating=True)

    async def _next(self, *, iterating: bool) -> str | bytes:
        # One coroutine for both: a second one around it costs 0.5 µs for each message.
        if self._reader is not None:
            raise LocalError("another task is receiving from this WebSocket")
        while not self._queue:
            closed = self.wire.closed
            if closed is not None:
                if iterating and closed.expected:
                    raise StopAsyncIteration
                raise self.ended()
            self._reader = self.loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._take()

    def _put(self, message: str | bytes) -> None:
        self._queue.append(message)
        self._queued += len(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        if self._queued > self.max_queued or len(self._queue) > MAX_QUEUED:
            self.pause()

    def _take(self) -> str | bytes:
        message = self._queue.popleft()
        self._queued -= len(message)
        if self._queue:
            # Cork: the reply to this message is written together with the next reply, at the latest
            # in the loop's next iteration.  At depth 16 an echo costs 2.6 µs instead of 6.9.
            if not self._corked:
                self._corked = True
                self.loop.call_soon(self._uncork)
        else:
            self._corked = False
        if self.reading_paused and self._has_room():
            self.resume()
        return message

    def _has_room(self) -> bool:
        return self._queued <= self.max_queued // 2 and len(self._queue) <= MAX_QUEUED // 2

    def _uncork(self) -> None:
        self._corked = False
        self.flush()

    # Messages out.

    async def send(self, message: Payload | Parts) -> None:
        """Send a message; wait while the peer reads more slowly than we write.

        `str` is sent as text, bytes as binary; an iterable of either, async or not, as one message
        with a fragment for each part.  ConnectionClosed after the end.  When such an iterable
        fails, or is cancelled, its message stays incomplete: the connection ends with 1011.
        """
        while self.writing_paused or (self._turn is not None and self._turn.locked()):
            if self.writing_paused:
                await self._room()
            elif self._turn is not None:
                async with self._turn:
                    pass
        if isinstance(message, WHOLE):
            self.send_nowait(message)
        else:
            await self._send_parts(message)
        if self.writing_paused:
            await self._room()

    async def _send_parts(self, parts: Parts) -> None:
        if isinstance(parts, Mapping) or not isinstance(parts, Iterable | AsyncIterable):
            name = type(parts).__name__
            raise LocalError(f"a message is str or bytes, or an iterable of them, not {name}")
        self._turn = self._turn or asyncio.Lock()
        async with self._turn:
            kind: type[str] | type[bytes] | None = None
            try:
                async with contextlib.aclosing(_each(parts)) as each:
                    async for part in each:
                        if self.wire.state != closing.OPEN:
                            raise self.ended()
                        self.wire.send_part(part)
                        kind = str if isinstance(part, str) else bytes
                        self.flush()
                        if self.writing_paused:
                            await self._room()
                if kind is None:
                    raise LocalError("a message in parts needs at least one part")
                if self.wire.state != closing.OPEN:
                    raise self.ended()
                self.wire.send_part(kind(), last=True)
                self.flush()
            except BaseException:
                if kind is not None and self.wire.state == closing.OPEN:
                    self.fail(close_codes.INTERNAL_ERROR, "a message was broken off")
                raise

    async def _room(self) -> None:
        """Wait while the transport's write buffer is too full."""
        while self.writing_paused and self.wire.state == closing.OPEN:
            if self._writers is None:
                self._writers = self.loop.create_future()
            await asyncio.shield(self._writers)
        if self.wire.state != closing.OPEN:
            raise self.ended()

    def _wake_writers(self) -> None:
        writers, self._writers = self._writers, None
        if writers is not None:
            writers.set_result(None)

    async def ping(self, payload: bytes | None = None) -> float:
        """The round-trip time in seconds.  The pong comes after messages not received yet."""
        if self.wire.state != closing.OPEN:
            raise self.ended()
        self.wire.ping(payload, now=self.loop.time())
        self.flush()
        number = self.wire.pings.number
        answered: asyncio.Future[float] = self.loop.create_future()
        self._pings[number] = answered
        try:
            return await answered
        finally:
            self._pings.pop(number, None)

    def ponged(self, pong: websocket.Pong) -> None:
        for number, answered in self._pings.items():
            if number <= pong.number and not answered.done():
                answered.set_result(pong.latency)

    # The end.

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a Close frame, and return when TCP has ended; closing twice is no error.

        Messages that were not received by now are dropped.
        """
        self.start_close(code, reason)
        self._queue.clear()
        self._queued = 0
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Return when TCP has ended, too."""
        if not self._is_lost:
            if self._lost is None:
                self._lost = self.loop.create_future()
            await asyncio.shield(self._lost)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.close(close_codes.NORMAL if kind is None else close_codes.INTERNAL_ERROR)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._is_lost = True
        if self._lost is not None:
            self._lost.set_result(None)

    def __repr__(self) -> str:
        end = f", {closed}" if (closed := self.wire.closed) else ""
        return f"<ws.Connection {self.wire.state}{end}>"

    def _wake_all(self, _: object) -> None:
        """The conversation is over: wake every waiting recv, send and ping."""
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
        self._wake_writers()
        for answered in self._pings.values():
            if not answered.done():
                answered.set_exception(self.ended())


async def _each(parts: Parts) -> AsyncGenerator[Payload, None]:
    """The parts of an iterable or an asynchronous iterable."""
    if not isinstance(parts, AsyncIterable):
        for part in parts:
            yield part
        return
    try:
        async for part in parts:
            yield part
    finally:  # close an unfinished generator now, not when it is collected
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()


def of(options: ws_options.Options, wire: websocket.Connection) -> Connection:
    """A connection with these limits."""
    return Connection(
        wire,
        max_queued=options.max_queued,
        max_unsent=options.max_unsent,
        stall_timeout=options.stall_timeout,
    )
