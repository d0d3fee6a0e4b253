"""Bytes pulled from a connection, one read at a time, with back-pressure both ways.

    network -> data_received -> [ buffer <= limit ] -> read, read_until, read_exactly
    write -> [ transport's buffer ] -> network         await drain() while it is too full

Lesson 01, for reading a response by hand.  Builds on: net.listening.  Used by: the notebooks.
New here: the pull view of asyncio's push protocols.  A stream has no messages: a read gives what
is there, and the two exact reads say where a message ends.
Left out: speed.  Each read may suspend and wake a task, so servers push (`net.http_server`).
"""

from __future__ import annotations

import asyncio
import logging
import ssl as ssl_module
from collections.abc import Awaitable, Callable
from typing import Self, cast

from ..errors import ConnectionClosed, LocalError, RemoteError
from . import listening

_logger = logging.getLogger(__name__)


class Stream(asyncio.Protocol):
    """One connection.  At most `limit` bytes (and one `recv` more) wait to be read."""

    def __init__(self, limit: int = 65536, opened: Callable[[Stream], None] | None = None) -> None:
        self.limit = limit
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._ended = False  # the peer will send no more
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._reading_paused = False
        self._flowing = asyncio.Event()  # cleared while the write buffer is too full
        self._flowing.set()
        self._lost = asyncio.get_running_loop().create_future()

    async def read(self, n: int = 65536) -> bytes:
        """Return 1 to `n` bytes as soon as there are any; b"" when the peer has ended."""
        if n < 1:
            raise LocalError(f"read at least one byte, not {n}; until the end: read in a loop")
        while not self._buffer and not self._ended:
            await self._more()
        if not self._buffer and self._error is not None:
            raise ConnectionClosed("the connection broke") from self._error
        return self._take(min(n, len(self._buffer)))

    async def read_until(self, separator: bytes, limit: int | None = None) -> bytes:
        """Return everything up to and including `separator`.

        RemoteError when it is not within `limit` bytes; ConnectionClosed when the peer ends before
        it.  What had arrived by then can still be `read`.
        """
        limit = self.limit if limit is None else limit
        if not separator or limit > self.limit:
            raise LocalError(f"a separator, within at most {self.limit} bytes, is needed")
        searched = 0
        while (at := self._buffer.find(separator, searched, limit)) < 0:
            if len(self._buffer) >= limit:
                raise RemoteError(f"no {separator!r} within {limit} bytes", 0)
            searched = max(0, len(self._buffer) - len(separator) + 1)
            await self._more_of(repr(separator), len(self._buffer))
        return self._take(at + len(separator))

    async def read_exactly(self, n: int) -> bytes:
        """Return `n` bytes; ConnectionClosed when the peer ends before them."""
        if n < 0:
            raise LocalError(f"read zero or more bytes, not {n}")
        taken = bytearray()
        while True:
            taken += self._take(min(n - len(taken), len(self._buffer)))
            if len(taken) == n:
                return bytes(taken)
            try:
                await self._more_of(f"{n} bytes", len(taken))
            except BaseException:
                self._buffer[:0] = taken  # put back: a cancelled read loses nothing
                raise

    def write(self, data: bytes) -> None:
        """Hand `data` to the transport; it goes out in order.  ConnectionClosed after the end."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionClosed("written after the end of the connection")
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait while the transport's write buffer is too full; call it after large writes."""
        await self._flowing.wait()
        if self._lost.done():
            raise ConnectionClosed("the connection broke") from self._error

    async def close(self, grace: float = 5.0) -> None:
        """Send what was written, then end; abort when the peer has not read it in `grace` s."""
        if self._transport is None:
            return
        self._transport.close()
        try:
            async with asyncio.timeout(grace):
                await asyncio.shield(self._lost)
        except TimeoutError:
            self._transport.abort()
        except asyncio.CancelledError:
            self._transport.abort()
            raise

    def abort(self) -> None:
        """End at once, without sending what still waits."""
        if self._transport is not None:
            self._transport.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _take(self, n: int) -> bytes:
        taken = bytes(self._buffer[:n])
        del self._buffer[:n]
        if self._reading_paused and len(self._buffer) <= self.limit // 2 and self._transport:
            self._reading_paused = False
            self._transport.resume_reading()
        return taken

    async def _more_of(self, wanted: str, had: int) -> None:
        if self._ended:
            message = f"the peer ended before {wanted}, after {had} bytes"
            raise ConnectionClosed(message) from self._error
        await self._more()

    async def _more(self) -> None:
        """Wait until something arrives."""
        if self._reader is not None:
            raise LocalError("another task is reading from this stream")
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._opened is not None:
            self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > self.limit and not self._reading_paused and self._transport:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        # True keeps our direction open (half-close), which TLS does not support.
        assert self._transport is not None
        return not self._transport.get_extra_info("sslcontext")

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._error = error
        self._wake()
        self._flowing.set()
        if not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        self._flowing.clear()

    def resume_writing(self) -> None:
        self._flowing.set()


async def connect(
    host: str, port: int, *, ssl: ssl_module.SSLContext | None = None, limit: int = 65536
) -> Stream:
    """Open a connection.  OSError when nobody listens."""
    loop = asyncio.get_running_loop()
    _, stream = await loop.create_connection(lambda: Stream(limit), host, port, ssl=ssl)
    return stream


class StreamServer(listening.BaseServer):
    """Runs the handler in a task for each connection and then closes the stream."""

    def __init__(
        self,
        handler: Callable[[Stream], Awaitable[None]],
        host: str,
        port: int,
        *,
        ssl: ssl_module.SSLContext | None,
        limit: int,
    ) -> None:
        super().__init__(host, port, ssl=ssl)
        self._handler = handler
        self._limit = limit
        self._tasks: dict[asyncio.Task[None], None] = {}

    def _protocol(self) -> asyncio.BaseProtocol:
        return Stream(self._limit, self._opened)

    def _opened(self, stream: Stream) -> None:
        if self.is_closing:
            stream.abort()
            return
        task = self.loop.create_task(self._run(stream))
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    async def _run(self, stream: Stream) -> None:
        try:
            await self._handler(stream)
        except ConnectionClosed:
            pass  # the peer may leave at any time
        except asyncio.CancelledError:
            stream.abort()
            raise
        except Exception:
            _logger.exception("a stream's handler failed")
        await stream.close()

    async def _wind_up(self, grace: float) -> None:
        """Give the handlers `grace` seconds to return, then cancel them."""
        self._stop_listening()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=grace)
        finally:
            for task in list(self._tasks):
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)


def serve(
    handler: Callable[[Stream], Awaitable[None]],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ssl: ssl_module.SSLContext | None = None,
    limit: int = 65536,
) -> StreamServer:
    """Serve each connection with `await handler(stream)`; the stream is closed when it returns.

    >>> async with serve(echo) as server:
    ...     stream = await connect(server.host, server.port)
    """
    return StreamServer(handler, host, port, ssl=ssl, limit=limit)
