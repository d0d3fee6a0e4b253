"""An HTTP server: a handler, a port, and limits for everything.            RFC 9110, RFC 9112

    def handler(request):
        return Response(200, body=b"hello")

    async with serve(handler) as server:      server.url -> "http://127.0.0.1:49152"

Lesson 01.  Builds on: net.listening, net.http_serving (one connection), net.http_answer.
Used by: net.ws_server.
New here: a graceful shutdown.  The server keeps its port open until all due responses have been
sent, and answers new requests with 503, so that no client is refused without a response.
Left out: routing (a handler looks at `request.path`), files, compression, a `Date` header.
"""

from __future__ import annotations

import asyncio
import logging
import ssl as ssl_module
import weakref
from collections.abc import Callable
from typing import Any

from ..errors import RemoteError
from ..wire.http.http11 import Request
from . import http_serving, lingering, listening
from .http_answer import Answer, Handler, StreamedResponse, Upgrade

__all__ = ["Answer", "Handler", "Server", "StreamedResponse", "Upgrade", "serve"]

_logger = logging.getLogger(__name__)


class Server(listening.BaseServer):
    """What `serve` returns.  `connections` are those that speak HTTP now."""

    scheme = "http"

    def __init__(
        self,
        handler: Handler,
        host: str,
        port: int,
        *,
        ssl: ssl_module.SSLContext | None,
        idle_timeout: float,
        head_timeout: float,
        body_timeout: float,
        linger: float,
        max_connections: int | None,
        **wire_limits: Any,
    ) -> None:
        super().__init__(host, port, ssl=ssl, handshake_timeout=head_timeout)
        self.handler = handler
        # Called with the head of a request whose body was refused or did not come, and with why.
        self.refused: Callable[[Request, RemoteError], object] | None = None
        self.idle_timeout = idle_timeout
        self.linger = linger
        self.max_connections = max_connections
        self.wire_limits = {
            "idle_timeout": idle_timeout,
            "head_timeout": head_timeout,
            "body_timeout": body_timeout,
            **wire_limits,
        }
        self.connections: dict[http_serving.ServerProtocol, None] = {}
        self.tasks: dict[asyncio.Future[Any], None] = {}  # handlers that have not returned yet
        # The transports that an Upgrade took over, until they are lost; and those whose new
        # protocol is none of ours, which nobody reports lost.
        self.handed_over: dict[lingering.LingeringClose, None] = {}
        self._foreign: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._awaited: dict[lingering.LingeringClose, None] = {}  # what `_wind_up` waits for
        self._all_left: asyncio.Future[None] | None = None
        self._over = False

    def admit(self, connection: http_serving.ServerProtocol) -> bool:
        """Register a new connection.  False: there are too many."""
        self.connections[connection] = None
        if self._over:
            connection.transport.abort()
        return self.max_connections is None or len(self.connections) <= self.max_connections

    def leave(self, connection: http_serving.ServerProtocol) -> None:
        """Forget a connection that is lost, or handed over by an Upgrade."""
        self.connections.pop(connection, None)
        self._has_left(connection)

    def hand_over(self, transport: asyncio.Transport) -> None:
        """Own a transport that another protocol has taken over, until it is lost."""
        protocol = transport.get_protocol()
        if not isinstance(protocol, lingering.LingeringClose):
            self._foreign.add(transport)
        elif not transport.is_closing():
            self.handed_over[protocol] = None
            protocol.on_lost = self._lost

    def _lost(self, protocol: lingering.LingeringClose) -> None:
        self.handed_over.pop(protocol, None)
        self._has_left(protocol)

    def _has_left(self, protocol: lingering.LingeringClose) -> None:
        self._awaited.pop(protocol, None)
        if not self._awaited and self._all_left is not None and not self._all_left.done():
            self._all_left.set_result(None)

    def _protocol(self) -> asyncio.BaseProtocol:
        return http_serving.ServerProtocol(self)

    async def _wind_up(self, grace: float) -> None:
        """Close idle connections now, others after their responses, all of them after `grace`.

        Of the connections that were handed over, those that have begun to end may use the rest of
        the grace.
        """
        try:
            for connection in list(self.connections):
                connection.wind_up()
            due = [one for one in self.connections if one.engaged or one.hanging_up]
            await self._until_left([*due, *(one for one in self.handed_over if one.ending)], grace)
        finally:
            self._over = True
            self._stop_listening()
            for left in [*self.connections, *self.handed_over]:
                left.transport.abort()
            for transport in list(self._foreign):
                transport.abort()
        await self._until_left([*self.connections, *self.handed_over], max(grace, 1.0))
        tasks = [task for task in self.tasks if task not in self._closers]
        if tasks:
            _, stubborn = await asyncio.wait(tasks, timeout=max(grace, 1.0))
            for task in stubborn:
                _logger.error("a handler ignores its cancellation: %r", task)

    async def _until_left(
        self, connections: list[lingering.LingeringClose], patience: float
    ) -> None:
        """Return when all these connections have left, or after `patience` seconds."""
        self._awaited = dict.fromkeys(connections)
        if not connections:
            return
        self._all_left = self.loop.create_future()
        try:
            async with asyncio.timeout(patience):
                await self._all_left
        except TimeoutError:
            pass
        finally:
            self._all_left = None


def serve(
    handler: Handler,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ssl: ssl_module.SSLContext | None = None,
    max_line: int = 8192,
    max_headers: int = 128,
    max_target: int = 8192,
    max_body: int = 1_000_000,
    max_pipelined: int = 32,
    head_timeout: float = 10.0,
    body_timeout: float = 30.0,
    idle_timeout: float = 60.0,
    linger: float = 2.0,
    max_connections: int | None = None,
) -> Server:
    """Answer each request with `handler(request)`; await the result or enter it.

    The handler may be `def` or `async def`, or return a Future of its own, which costs no task.  It
    returns a Response, a StreamedResponse or an Upgrade.  When its peer leaves it is cancelled;
    when it fails the response is 500 and the reason is logged.

    A head must be whole `head_timeout` seconds after its first byte, its body `body_timeout`
    seconds later, and the next request must begin within `idle_timeout`; a peer that reads nothing
    for that long (twice, at most) is aborted.
    `linger` is for how long a refused peer may go on sending.  `close(grace=5.0)` sends the due
    responses, and 503 to later requests.  It owns what an Upgrade took over as well: a WebSocket
    that has begun to close may use the grace, any other is cut off.
    """
    return Server(
        handler,
        host,
        port,
        ssl=ssl,
        idle_timeout=idle_timeout,
        head_timeout=head_timeout,
        body_timeout=body_timeout,
        linger=linger,
        max_connections=max_connections,
        max_line=max_line,
        max_headers=max_headers,
        max_target=max_target,
        max_body=max_body,
        max_pipelined=max_pipelined,
    )
