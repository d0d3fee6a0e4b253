"""What a handler may return, besides a plain response.

    Response            the whole response
    StreamedResponse    a head now, and the body in parts
    Upgrade             the end of HTTP on this connection: another protocol takes the transport

Lesson 01 (streams return in later lessons).  Builds on: wire.http.http11.
Used by: net.http_server, net.http_serving.
New here: the responses that the server itself sends when it has none from a handler.
Left out: files, ranges, compression.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from ..errors import RemoteError
from ..wire.http import http11


@dataclass(slots=True)
class StreamedResponse:
    """A response whose body is produced while it is sent: chunked, with back-pressure.

    The iterator is closed when the peer leaves.
    """

    status: int
    headers: http11.Headers
    chunks: AsyncIterator[bytes]


@dataclass(slots=True)
class Upgrade:
    """After `response`, status 101, `take(transport, leftover)` owns the connection.

    `take` calls `transport.set_protocol(...)`.  `leftover` are the bytes that came after the
    request and already belong to the new protocol.  With `sends_response` it is called as
    `take(transport, leftover, head)` and sends the response's bytes before its own: one write less.
    """

    response: http11.Response
    take: Callable[..., object] = field(repr=False)
    sends_response: bool = False


Answer = http11.Response | StreamedResponse | Upgrade
Handler = Callable[[http11.Request], Answer | Awaitable[Answer]]


def plain(status: int, text: str, *, close: bool = False) -> http11.Response:
    """A response in plain text, for a person to read."""
    pairs = [("Content-Type", "text/plain; charset=utf-8")]
    if close:
        pairs.append(("Connection", "close"))
    return http11.Response(status, http11.Headers(pairs), (text + "\n").encode())


def refusal(error: RemoteError) -> http11.Response:
    """The response to a request that breaks the rules; nothing is read after it."""
    return plain(error.code, str(error), close=True)


def no_tunnel() -> http11.Response:
    """The answer to CONNECT.  RFC 9110 §9.3.6: a server may have no tunnels."""
    return plain(501, "there are no tunnels here")


def failure() -> http11.Response:
    """The response when the handler failed.  The reason is in the log, not on the wire."""
    return plain(500, "internal server error")


def late() -> http11.Response:
    """The response to a request that comes after the server began to close."""
    return plain(503, "this server is shutting down", close=True)


def crowded() -> http11.Response:
    """The response to a connection over the server's `max_connections`."""
    return plain(503, "too many connections", close=True)
