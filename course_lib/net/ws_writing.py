"""The writing half of an awaited WebSocket: messages, messages in parts, and pings.

    send -> wire -> [ the transport's buffer ] -> network             when it is full, send waits

Lesson 05.  Builds on: net.ws_link.  Used by: net.ws_connection.
New here: back-pressure.  A sender is held up by a reader at the other end of the world, and by
nothing nearer; and a message in parts keeps all other messages waiting until it is whole.
Left out: priorities among writers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping

from ..errors import LocalError
from ..wire import close_codes, closing, websocket
from ..wire.websocket_sending import Payload
from . import ws_link

WHOLE = (str, bytes, bytearray, memoryview)  # a tuple: a union is 0.4 µs slower
Parts = Iterable[Payload] | AsyncIterable[Payload]


class Writing(ws_link.Link):
    """What any number of tasks may do with a WebSocket."""

    def __init__(
        self, wire: websocket.Connection, *, max_unsent: int, stall_timeout: float
    ) -> None:
        super().__init__(wire, max_unsent=max_unsent, stall_timeout=stall_timeout)
        self.on_drain = self._wake_writers
        self._writers: asyncio.Future[None] | None = None  # done when there is room to send
        self._turn: asyncio.Lock | None = None  # held while a message is sent in parts
        self._pings: dict[int, asyncio.Future[float]] = {}  # the number of a ping -> its answer

    async def send(self, message: Payload | Parts) -> None:
        """Send a message; wait while the peer reads more slowly than we write.

        `str` is sent as text, bytes as binary; an iterable of either, async or not, as one message
        with a fragment for each part.  ConnectionClosed after the end.  When such an iterable
        fails, or is cancelled, its message can never be whole: the connection ends with 1011.
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
        """Wait until the peer has taken enough of what was written."""
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
        """Seconds to the peer and back.  The pong stands behind messages not yet received."""
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

    def give_up_waiting(self) -> None:
        """It is over: those who wait are told."""
        self._wake_writers()
        for answered in self._pings.values():
            if not answered.done():
                answered.set_exception(self.ended())


async def _each(parts: Parts) -> AsyncGenerator[Payload, None]:
    """The parts, whether they come by themselves or are waited for."""
    if not isinstance(parts, AsyncIterable):
        for part in parts:
            yield part
        return
    try:
        async for part in parts:
            yield part
    finally:  # a generator that is not read to its end shall not wait for the collector
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()
