"""A listening server that one notebook cell opens and another closes.

    server = await serve(handler)            async with serve(handler) as server:
    ...  server.url  ...                         ...  server.url  ...
    await server.close()

Lesson 01.  Builds on: net.accept_errors.  Used by: net.stream, net.http_server, `lab.proxy`.
New here: `serve(...)` only describes the server.  Awaiting it (or entering it) opens the port, and
the port is 0 unless you say otherwise, so a cell that runs twice never meets "address in use".
Left out: what a connection does (`_protocol`) and how it ends (`_wind_up`); subclasses say so.
"""

from __future__ import annotations

import asyncio
import ssl as ssl_module
import sys
from collections.abc import Generator
from typing import Any, ClassVar, Self

from ..errors import LocalError
from . import accept_errors

BACKLOG = 512  # new connections that the system queues while the loop is busy
TLS_GOODBYE = 2.0  # seconds that a peer has to answer our TLS close_notify
_REACHABLE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


class BaseServer:
    """What `serve` returns: an awaitable and an async context manager, giving itself."""

    scheme: ClassVar[str] = "tcp"

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        ssl: ssl_module.SSLContext | None = None,
        handshake_timeout: float = 10.0,
    ) -> None:
        self.host = host
        self.ssl = ssl
        self._port = port
        self._handshake_timeout = handshake_timeout
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._descriptors: list[int] = []
        self._ending: asyncio.Task[None] | None = None  # what `close` waits for
        self._closers: list[asyncio.Task[Any] | None] = []  # the tasks that wait for it

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the server runs on.  LocalError before the server was awaited."""
        if self._loop is None:
            raise LocalError(
                'this server is not listening yet: write "await serve(…)" or "async with serve(…)"'
            )
        return self._loop

    @property
    def port(self) -> int:
        """The port in use, chosen by the system unless you asked for one."""
        assert self.loop
        return self._port

    @property
    def url(self) -> str:
        """An address that a client on this machine can use."""
        host = _REACHABLE.get(self.host, self.host)
        scheme = self.scheme + "s" if self.ssl and self.scheme != "tcp" else self.scheme
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def is_closing(self) -> bool:
        """Whether `close` was called."""
        return self._ending is not None

    async def start(self) -> Self:
        """Open the port.  A second call changes nothing; a closed server stays closed."""
        if self._ending is not None:
            raise LocalError('this server is closed: call "serve(…)" again for a new one')
        if self._loop is not None:
            return self
        self._loop = asyncio.get_running_loop()
        # asyncio takes `backlog` also as the number of accepts per loop iteration, and plans a
        # retry for each that finds no descriptor left.  The retries multiply: with 512, a server
        # without descriptors had 1,900 retries pending after 3 s; with 1 there is at most one.
        singly = sys.platform != "win32" and isinstance(self._loop, asyncio.SelectorEventLoop)
        try:
            # Two steps, so that cancellation leaks no socket: during the first there is none yet,
            # during the second we have a server to close.
            self._server = await self._loop.create_server(
                self._protocol,
                self.host or None,
                self._port,
                ssl=self.ssl,
                backlog=1 if singly else BACKLOG,
                ssl_handshake_timeout=self._handshake_timeout if self.ssl else None,
                ssl_shutdown_timeout=TLS_GOODBYE if self.ssl else None,
                start_serving=False,
            )
            await self._server.start_serving()
        except BaseException:
            if self._server is not None:
                self._server.close()
            self._server = self._loop = None
            raise
        if self._ending is not None:
            self._server.close()
            raise LocalError("this server was closed while it opened its port")
        if singly:
            for listener in self._server.sockets:
                with listener.dup() as same:
                    same.listen(BACKLOG)
        self._port = self._server.sockets[0].getsockname()[1]
        self._descriptors = [listener.fileno() for listener in self._server.sockets]
        accept_errors.watch(self._loop, self._descriptors)
        return self

    async def close(self, grace: float = 5.0) -> None:
        """End within `grace` seconds; all callers return when everything has ended.

        `_wind_up` says what happens in that time.  Closing twice, or before the start, is no error.
        If every caller is cancelled, what is left is aborted at once.
        """
        self._closers.append(asyncio.current_task())
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(grace))
        try:
            await asyncio.shield(self._ending)
        except asyncio.CancelledError:
            if len(self._closers) == 1:  # nobody waits any more: abort what is left
                self._ending.cancel()
                await asyncio.wait([self._ending])
            raise
        finally:
            self._closers.remove(asyncio.current_task())

    async def _end(self, grace: float) -> None:
        try:
            if self._server is not None:
                await self._wind_up(grace)
        except asyncio.CancelledError:
            pass  # `_wind_up` has aborted what was left
        finally:
            self._stop_listening()
        await asyncio.sleep(0)  # the sockets close in the loop's next iteration

    def _stop_listening(self) -> None:
        """Close the listening sockets.  From here on the system refuses new connections."""
        if self._server is None or self._loop is None:
            return
        if isinstance(self._loop, asyncio.SelectorEventLoop):
            # It makes a transport one iteration after accept(); if the server was closed in between
            # it drops the connection without closing it, and the peer waits for ever.
            for descriptor in self._descriptors:
                self._loop.remove_reader(descriptor)
            self._loop.call_soon(self._server.close)
        else:
            self._server.close()
        accept_errors.release(self._loop, self._descriptors)
        self._descriptors = []

    def _protocol(self) -> asyncio.BaseProtocol:
        """A new protocol for each connection."""
        raise NotImplementedError

    async def _wind_up(self, grace: float) -> None:
        """Finish or abort every connection; on cancellation abort them at once."""
        raise NotImplementedError

    def __await__(self) -> Generator[Any, None, Self]:
        return self.start().__await__()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        name = f"{type(self).__module__.rpartition('.')[2]}.{type(self).__name__}"
        if self._loop is None:
            return f"<{name} not listening yet: await it, or enter it with async with>"
        return f"<{name} {self.url} {'closed' if self._ending else 'listening'}>"
