"""An HTTP client that keeps its connections.                        RFC 9112 §9, RFC 9110

    request ──> [ idle connection to this origin, or a new one ] ──> response
                         ^                                    |
                         └── kept, if both sides allow it ────┘   else closed

Lesson 01.  Builds on: wire.http_connection, net.http_address.
New here: a connection outlives its request, so a hundred polls cost one handshake; and a
connection that the server closed meanwhile must not cost a request that was not idempotent.
Left out: pipelining, proxies, cookies, compressed and streamed bodies.
"""

from __future__ import annotations

import asyncio
import math
import ssl as ssl_module
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Self

from ..errors import ConnectionClosed, LocalError, RemoteError
from ..wire import http11
from . import http_address, http_asking

HeaderLike = Mapping[str, str] | Iterable[tuple[str, str]] | None
# RFC 9110 §9.2.2.
IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")


class Client:
    """Asks, keeps the connection, asks again.

    >>> async with Client() as http:
    ...     response = await http.get(server.url + "/poll?cursor=0")

    `timeout` is for one whole request, redirects included, `connect_timeout` for the way there;
    both raise TimeoutError, and math.inf means never.  `redirects` is how many are followed (none:
    a 302 is an answer).  `max_body` bounds a response, `max_idle` the connections kept per origin.
    """

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        ssl: ssl_module.SSLContext | None = None,
        redirects: int = 0,
        max_body: int = 16_000_000,
        max_idle: int = 16,
    ) -> None:
        self.timeout = timeout
        self.connect_timeout = connect_timeout
        self.redirects = redirects
        self.max_body = max_body
        self.max_idle = max_idle
        self.requests_sent = self.connections_opened = 0
        self.bytes_sent = self.bytes_received = 0
        self._ssl = ssl
        self._idle: dict[http_address.Origin, list[http_asking.Connection]] = {}
        self._open: dict[http_asking.Connection, None] = {}
        self._closed = False

    async def get(
        self,
        url: str,
        *,
        headers: HeaderLike = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> http11.Response:
        """`request("GET", url)`."""
        return await self.request("GET", url, headers=headers, timeout=timeout)

    async def post(
        self,
        url: str,
        body: bytes | str = b"",
        *,
        headers: HeaderLike = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> http11.Response:
        """`request("POST", url, body=body)`.  A `str` is sent as UTF-8."""
        return await self.request("POST", url, headers=headers, body=body, timeout=timeout)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: HeaderLike = None,
        body: bytes | str = b"",
        timeout: float | None = None,  # noqa: ASYNC109 - it is the contract of a request
    ) -> http11.Response:
        """Send one request and return the response, whatever its status.

        Raises OSError when nobody listens, TimeoutError, ConnectionClosed when the connection ends
        before the response begins, IncompleteMessage (a RemoteError) when it ends within it,
        RemoteError for a response that breaks the rules or a limit.  A request that fails on a
        kept connection before any answer is sent once more if its method is idempotent; no other
        request is ever sent twice.
        """
        if self._closed:
            raise LocalError("this client is closed")
        address = http_address.parse(url)
        data = body.encode() if isinstance(body, str) else body
        request = http_address.first(method, address, http11.Headers(headers or ()), data)
        limit = self.timeout if timeout is None else timeout
        asked = address
        async with _Deadline(limit, lambda: f"{method} {asked.url}: no answer within {limit} s"):
            for _ in range(self.redirects + 1):
                response = await self._exchange(request, address)
                further = (
                    http_address.follow(request, address, response) if self.redirects else None
                )
                if further is None:
                    return response
                request, address = further
        raise RemoteError(f"more than {self.redirects} redirects", response.status)

    async def _exchange(
        self, request: http11.Request, address: http_address.Address
    ) -> http11.Response:
        kept = self._take_idle(address.origin)
        if kept is not None:
            try:
                return await kept.ask(request)
            except ConnectionClosed:
                # RFC 9112 §9.3.1: "a client MAY … automatically retry" if idempotent, for "the
                # server might have closed it" while the request was on its way.
                if kept.answer_began or request.method not in IDEMPOTENT:
                    raise
        return await (await self._connect(address)).ask(request)

    def _take_idle(self, origin: http_address.Origin) -> http_asking.Connection | None:
        """The connection used last, which the server has had the least time to close."""
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _connect(self, address: http_address.Address) -> http_asking.Connection:
        loop = asyncio.get_running_loop()
        ssl = None
        if address.scheme == "https":
            ssl = self._ssl = self._ssl or ssl_module.create_default_context()
        limit = self.connect_timeout
        there = address.authority
        async with _Deadline(limit, lambda: f"no connection to {there} within {limit} s"):
            _, connection = await loop.create_connection(
                lambda: http_asking.Connection(self, address.origin),
                address.host,
                address.port,
                ssl=ssl,
            )
        if self._closed:
            connection.abort()
            raise ConnectionClosed("the client was closed while it connected")
        return connection

    def opened(self, connection: http_asking.Connection) -> None:
        """A connection was made."""
        self._open[connection] = None
        self.connections_opened += 1

    def keep(self, connection: http_asking.Connection) -> bool:
        """Put a connection whose response is complete among the idle ones, if there is room."""
        idle = self._idle.setdefault(connection.origin, [])
        if self._closed or len(idle) >= self.max_idle:
            return False
        idle.append(connection)
        return True

    def forget(self, connection: http_asking.Connection) -> None:
        """A connection is no more."""
        self._open.pop(connection, None)
        idle = self._idle.get(connection.origin, [])
        if connection in idle:
            idle.remove(connection)
        if not idle:
            self._idle.pop(connection.origin, None)

    async def close(self) -> None:
        """Close all connections; requests under way fail with ConnectionClosed.  Idempotent."""
        self._closed = True
        connections = list(self._open)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await asyncio.shield(connection.lost)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Deadline:
    """`asyncio.timeout` whose TimeoutError says what was late: `say()`, asked only then.

    A generator for it, and the words for every request, would cost 2 µs more, of 75.
    """

    __slots__ = ("_say", "_scope")

    def __init__(self, limit: float, say: Callable[[], str]) -> None:
        self._say = say
        self._scope = asyncio.timeout(None if limit == math.inf else limit)

    async def __aenter__(self) -> None:
        await self._scope.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError as late:
            raise TimeoutError(self._say()) from late
