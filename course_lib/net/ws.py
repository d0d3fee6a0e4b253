"""WebSockets on asyncio: a server, a client, and one connection between them.   RFC 6455

    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async with ws.serve(echo) as server, ws.connect(server.url) as connection:
        await connection.send("hello")
        print(await connection.recv())

Lesson 05.  Builds on: net.ws_server, net.ws_client, net.ws_connection, net.ws_link,
net.ws_options.
New here: nothing; the public names stand in one place.
Left out: what the messages mean; that is for the layer above.
"""

from __future__ import annotations

import functools
import ssl as ssl_module
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Unpack

from ..wire.websocket import handshake_request
from ..wire.websocket import origin as page_origin
from ..wire.websocket.closing import Closed
from ..wire.websocket.deflate import Settings
from ..wire.websocket.origin import Allow
from . import http_server, ws_client, ws_connection, ws_link, ws_options
from .ws_connection import Connection
from .ws_link import PushConnection
from .ws_server import Handler, Server, upgrade

__all__ = [
    "Closed",
    "Connection",
    "Handler",
    "PushConnection",
    "Server",
    "Settings",
    "connect",
    "dial",
    "serve",
    "upgrade",
]


def serve(
    handler: Handler,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    ssl: ssl_module.SSLContext | None = None,
    http: http_server.Handler | None = None,
    origins: Allow = None,
    subprotocols: Sequence[str] = (),
    max_connections: int | None = None,
    **limits: Unpack[ws_options.Limits],
) -> Server:
    """Run `await handler(connection)` for each WebSocket; await the result or enter it.

    When the handler returns its connection is closed with 1000, when it fails with 1011 (and the
    reason is logged); when its peer leaves, `recv` and `send` raise ConnectionClosed in it.
    `http(request)` answers requests that ask for no WebSocket, as in `http_server.serve`.

    `origins` are the pages that may connect: None for this server's own, a list, or "*" for all.
    The first of `subprotocols` that a client asks for is chosen.  For the limits, see
    `ws_options.Limits`; `max_connections` counts WebSockets and those that still speak HTTP.
    `close(grace=5.0)` sends Close 1001 to every peer and waits for its Close frame.
    """
    page_origin.check(origins)
    handshake_request.check_subprotocols(subprotocols)
    return Server(
        handler,
        host,
        port,
        ssl=ssl,
        http=http,
        origins=origins,
        subprotocols=subprotocols,
        max_connections=max_connections,
        options=ws_options.Options(**limits),
    )


def connect(
    url: str,
    *,
    ssl: ssl_module.SSLContext | None = None,
    origin: str | None = None,
    subprotocols: Sequence[str] = (),
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    connect_timeout: float = 10.0,
    **limits: Unpack[ws_options.Limits],
) -> ws_client.Connecting:
    """Open a WebSocket at a ws:// or wss:// URL; await the result or enter it.

    Raises OSError when nobody listens, RemoteError when the server does not agree (`code` is the
    status of its response), ConnectionClosed when it disconnects, TimeoutError when all of
    this takes more than `connect_timeout` seconds.  For the limits, see `ws_options.Limits`.
    """
    options = ws_options.Options(**limits)
    return ws_client.Connecting(
        url,
        functools.partial(ws_connection.of, options),
        lambda _: None,
        ssl=ssl,
        origin=origin,
        subprotocols=subprotocols,
        headers=headers,
        connect_timeout=connect_timeout,
        options=options,
    )


def dial(
    url: str,
    opened: Callable[[PushConnection], object],
    *,
    ssl: ssl_module.SSLContext | None = None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    subprotocols: Sequence[str] = (),
    connect_timeout: float = 10.0,
    proxy: str | None = None,
    **limits: Unpack[ws_options.Limits],
) -> ws_client.Dialling[PushConnection]:
    """`connect` for callbacks: `opened(link)` sets them before the first message; see `upgrade`.

    `proxy` is the URL of an HTTP proxy, which is asked for a tunnel.
    """
    options = ws_options.Options(**limits)
    return ws_client.Dialling(
        url,
        functools.partial(ws_link.of, options),
        opened,
        ssl=ssl,
        origin=None,
        subprotocols=subprotocols,
        headers=headers,
        connect_timeout=connect_timeout,
        options=options,
        proxy=proxy,
    )
