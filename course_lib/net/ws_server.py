"""A WebSocket server: an HTTP server whose requests become conversations.      RFC 6455 §4.2

    request -> upgrade(request, opened) -> Upgrade: 101, then opened(link)
                                        -> Response: the refusal

Lesson 05.  Builds on: net.http_server, net.ws_link, net.ws_connection, net.ws_options,
wire.websocket.handshake.  Used by: net.ws.
New here: HTTP and WebSocket on one port.  `upgrade` is all that another HTTP server needs; `Server`
adds a task for each connection, and a shutdown that sends a Close frame to all of them.
Left out: WebSocket over HTTP/2.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl as ssl_module
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, Unpack

from ..errors import ConnectionClosed, RemoteError
from ..wire.http.http11 import Request, Response
from ..wire.websocket import close_codes, handshake, handshake_request
from ..wire.websocket import connection as websocket
from ..wire.websocket.origin import Allow
from . import http_server, http_serving, ws_connection, ws_link, ws_options

_logger = logging.getLogger(__name__)

Handler = Callable[[ws_connection.Connection], Awaitable[object]]
AnyLink = TypeVar("AnyLink", bound=ws_link.PushConnection)


def upgrade(
    request: Request,
    opened: Callable[[ws_link.PushConnection], object],
    *,
    origins: Allow = None,
    subprotocols: Sequence[str] = (),
    secure: bool = False,
    **limits: Unpack[ws_options.Limits],
) -> http_server.Upgrade | Response:
    """What an HTTP handler returns to a request for a WebSocket: an Upgrade, or the refusal.

    `opened(link)` is called as soon as the connection is a WebSocket; it sets the callbacks that
    get its messages, and owns the link: see `PushConnection`.  No task and no queue.  The server
    cuts off links that are open when it closes: call `link.start_close(1001)` before.  `origins`:
    None for the pages of this server itself, a list of others, or "*"; `secure`: this server
    speaks TLS.
    """
    options = ws_options.Options(**limits)
    link = functools.partial(ws_link.of, options)
    return answer(request, options, link, opened, origins, subprotocols, secure)


def answer(
    request: Request,
    options: ws_options.Options,
    link: Callable[[websocket.Connection], AnyLink],
    opened: Callable[[AnyLink], object],
    origins: Allow,
    subprotocols: Sequence[str],
    secure: bool,
) -> http_server.Upgrade | Response:
    """`upgrade`, for any kind of link."""
    choice = ws_options.Choice(options.settings) if options.settings else None
    try:
        response = handshake.answer(
            request, origins=origins, subprotocols=subprotocols, extensions=choice, secure=secure
        )
    except RemoteError as error:
        return handshake.refusal(error)

    def take(transport: asyncio.Transport, leftover: bytes, head: bytes) -> None:
        now = asyncio.get_running_loop().time()
        ours = link(options.wire(now, choice.agreed if choice else None))
        ours.request, ours.response = request, response
        ours.take(transport, leftover, lambda _: opened(ours), head)

    return http_server.Upgrade(response, take, sends_response=True)


class Server(http_server.Server):
    """What `ws.serve` returns.  `websockets` are the connections that are open now."""

    scheme = "ws"

    def __init__(
        self,
        handler: Handler,
        host: str,
        port: int,
        *,
        ssl: ssl_module.SSLContext | None,
        http: http_server.Handler | None,
        origins: Allow,
        subprotocols: Sequence[str],
        max_connections: int | None,
        options: ws_options.Options,
    ) -> None:
        super().__init__(
            self._answer,
            host,
            port,
            ssl=ssl,
            idle_timeout=60.0,
            head_timeout=10.0,
            body_timeout=30.0,
            linger=2.0,
            max_connections=max_connections,
        )
        self._conversing: dict[ws_connection.Connection, asyncio.Task[None]] = {}
        self._converse = handler
        self._http = http
        self._origins = origins
        self._subprotocols = subprotocols
        self._options = options

    @property
    def websockets(self) -> dict[ws_connection.Connection, asyncio.Task[None]]:
        """The open connections, with their handlers' tasks.  A copy, so that you can iterate."""
        return self._conversing.copy()

    def _answer(self, request: Request) -> Any:
        if self._http is not None and not handshake_request.meant(request.headers):
            return self._http(request)
        return answer(
            request,
            self._options,
            self._connection,
            self._opened,
            self._origins,
            self._subprotocols,
            self.ssl is not None,
        )

    def admit(self, connection: http_serving.ServerProtocol) -> bool:
        """Count HTTP connections and WebSockets together for `max_connections`."""
        admitted, most = super().admit(connection), self.max_connections
        return admitted and (most is None or len(self.connections) + len(self._conversing) <= most)

    def _connection(self, wire: websocket.Connection) -> ws_connection.Connection:
        return ws_connection.of(self._options, wire)

    def _opened(self, connection: ws_connection.Connection) -> None:
        task = self.loop.create_task(self._run(connection))
        self._conversing[connection] = task
        task.add_done_callback(lambda _: self._conversing.pop(connection, None))

    async def _run(self, connection: ws_connection.Connection) -> None:
        """Run the handler, then close the connection."""
        try:
            await self._converse(connection)
        except ConnectionClosed:
            pass  # the peer may leave at any time
        except asyncio.CancelledError:
            connection.abort()
            raise
        except Exception:
            _logger.exception("a WebSocket's handler failed")
            connection.fail(close_codes.INTERNAL_ERROR, "internal error")
        try:
            await connection.close()
        except asyncio.CancelledError:
            connection.abort()
            raise

    async def _wind_up(self, grace: float) -> None:
        """Send Close 1001 to all peers; abort those that have not closed after `grace`."""
        until = self.loop.time() + grace
        tasks = dict(self._conversing)
        try:
            for connection, task in list(tasks.items()):
                if task in self._closers:  # a handler that closes its own server
                    del tasks[connection]
                connection.start_close(close_codes.GOING_AWAY, "the server is shutting down")
            if tasks:
                await asyncio.wait(tasks.values(), timeout=grace)
        finally:
            for connection, task in tasks.items():
                if not task.done():
                    connection.abort()
                    task.cancel()
        await super()._wind_up(max(0.0, until - self.loop.time()))
        left = [task for task in tasks.values() if not task.done()]
        if left:
            _, stubborn = await asyncio.wait(left, timeout=max(grace, 1.0))
            for task in stubborn:
                _logger.error("a handler ignores its cancellation: %r", task)
