"""A connection through an HTTP proxy: CONNECT, then bytes.              RFC 9110 §9.3.6

    CONNECT example.org:443 HTTP/1.1   ──>  proxy  ──> example.org
                                      <──  200: from here on it passes on what both say

Lesson 01; lesson 08 uses it.  Builds on: wire.http.head, net.http_address.
Used by: net.http_client, net.ws_client.
New here: a proxy that sees only bytes does not break what it does not know.
Left out: the proxies that the environment names; a proxy is used only when the caller gives one.
"""

from __future__ import annotations

import asyncio
import ssl as ssl_module
from collections.abc import Callable
from typing import TypeVar, cast

from ..errors import ConnectionClosed, RemoteError
from ..wire.http import head, http11, url
from . import http_address

Protocol = TypeVar("Protocol", bound=asyncio.BaseProtocol)
LIMITS = head.Limits()


async def connect(
    factory: Callable[[], Protocol],
    host: str,
    port: int,
    *,
    ssl: ssl_module.SSLContext | None,
    proxy: str | None,
) -> tuple[asyncio.Transport, Protocol]:
    """As `loop.create_connection`; through a tunnel if there is a proxy.

    RemoteError when the proxy refuses (`code` is its status), ConnectionClosed when it hangs up.
    """
    loop = asyncio.get_running_loop()
    if proxy is None:
        return await loop.create_connection(factory, host, port, ssl=ssl)
    by = http_address.parse(proxy)
    tls = ssl_module.create_default_context() if by.scheme == "https" else None
    transport, opening = await loop.create_connection(
        lambda: _Opening(host, port, authorization(by)), by.host, by.port, ssl=tls
    )
    try:
        await opening.opened
        if ssl is not None:
            new = await loop.start_tls(transport, opening, ssl, server_hostname=host)
            transport = cast(asyncio.Transport, new)
    except BaseException:
        transport.abort()
        raise
    protocol = factory()
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    return transport, protocol


def authorization(by: http_address.Address) -> list[tuple[str, str]]:
    """The line for a proxy whose URL has userinfo."""
    return [("Proxy-Authorization", by.authorization)] if by.authorization else []


class _Opening(asyncio.Protocol):
    """The protocol until the proxy has answered."""

    def __init__(self, host: str, port: int, more: list[tuple[str, str]]) -> None:
        target = url.authority(host, port, 0)
        lines = http11.Headers([("Host", target), *more])
        self._request = http11.encode_request(http11.Request("CONNECT", target, lines))
        self._data = bytearray()
        self._scanner = head.HeadScanner(LIMITS, request=False)
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.opened.add_done_callback(lambda done: done.cancelled() or done.exception())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if self.opened.done():
            return
        self._data += data
        try:
            end = self._scanner.find_end(self._data)
            if end < 0:
                return
            answer = head.decode_response(self._data[: end + 4].decode("latin-1"), LIMITS)
            # §9.3.6: "Any 2xx (Successful) response indicates that the sender ... will switch to
            # tunnel mode immediately after the response header section".
            if not 200 <= answer.status < 300:
                text = f"the proxy refused: {answer.status} {answer.reason}"
                raise RemoteError(text, answer.status)
            if len(self._data) > end + 4:  # nothing was asked yet
                raise RemoteError("the proxy sends bytes that nobody asked for", 502)
        except RemoteError as error:
            self.opened.set_exception(error)
        else:
            self.opened.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            closed = ConnectionClosed("the proxy hung up before the tunnel was open")
            closed.__cause__ = error
            self.opened.set_exception(closed)
