"""An HTTP client that keeps its connections.                        RFC 9112 §9, RFC 9110

    request ──> [ idle connection to this origin, or a new one ] ──> response
                         ^                                    |
                         └── kept, if both sides allow it ────┘   else closed

Lesson 01.  Builds on: wire.http.connection, net.http_address, net.unacknowledged.
Used by: the apps of the lab, engineio.client_polling.
New here: a connection outlives its request, so a hundred polls cost one handshake; and when the
server has closed a kept connection meanwhile, only an idempotent request is sent again.
A connection is not used again after a cancelled request, after bytes that answer no request, or
while its request is still being sent although the response has come.
Left out: pipelining, cookies, compressed and streamed bodies.
"""

from __future__ import annotations

import asyncio
import math
import ssl as ssl_module
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

from ..errors import ConnectionClosed, LocalError, RemoteError
from ..wire.http import http11
from ..wire.http.connection import ClientConnection
from . import http_address, tunnel, unacknowledged

HeaderLike = Mapping[str, str] | Iterable[tuple[str, str]] | None
# RFC 9110 §9.2.2.
IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")


@dataclass(slots=True)
class Traffic:
    """What all connections of a client have sent and received: requests, and bytes."""

    requests: int = 0
    sent: int = 0
    received: int = 0


class Client:
    """Sends requests, and keeps connections for the next ones.

    >>> async with Client() as http:
    ...     response = await http.get(server.url + "/poll?cursor=0")

    `timeout` is for one whole request, redirects included, `connect_timeout` for TCP and TLS; both
    raise TimeoutError, and math.inf means never.  `redirects` is how many are followed (0: a 302 is
    returned).  `max_body` bounds a response, `max_idle` the connections kept per origin.  With
    `retry=False` no request is sent twice: for a GET that takes something away from the server.
    `proxy` is the URL of an HTTP proxy; none is taken from the environment.
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
        proxy: str | None = None,
        retry: bool = True,
    ) -> None:
        self.timeout = timeout
        self.connect_timeout = connect_timeout
        self.redirects = redirects
        self.max_body = max_body
        self.max_idle = max_idle
        self.proxy = proxy
        self._by = http_address.parse(proxy) if proxy is not None else None
        self.retry = retry
        self.connections_opened = 0
        self._ssl = ssl
        self._idle: dict[http_address.Origin, list[ClientProtocol]] = {}
        self._open: dict[ClientProtocol, None] = {}
        self._traffic = Traffic()
        self._closed = False

    @property
    def requests_sent(self) -> int:
        """Requests that were written, those that were sent once more included."""
        return self._traffic.requests

    @property
    def bytes_sent(self) -> int:
        """Bytes of all requests, heads included."""
        return self._traffic.sent

    @property
    def bytes_received(self) -> int:
        """Bytes of all responses, heads included."""
        return self._traffic.received

    @property
    def arriving(self) -> int:
        """Bytes of bodies that have come in part."""
        return sum(one.arriving for one in self._open)

    @property
    def leaving(self) -> int:
        """Bytes of requests that have not reached the server's system, as far as ours tells."""
        return sum(one.leaving for one in self._open)

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
        kept connection before any byte of the response is sent once more if its method is
        idempotent; no other request is ever sent twice.
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
        origin = address.origin
        if self._by is not None and address.scheme == "http":
            # RFC 9112 §3.2.2: "a client MUST send the target URI in absolute-form" to a proxy.
            headers = http11.Headers([*request.headers, *tunnel.authorization(self._by)])
            request = http11.Request(request.method, address.url, headers, request.body)
        kept = self._take_idle(origin)
        if kept is not None:
            try:
                response = await kept.ask(request)
            except ConnectionClosed:
                # RFC 9112 §9.3.1: "a client MAY … automatically retry" if idempotent, for "the
                # server might have closed it" while the request was on its way.
                may = self.retry and request.method in IDEMPOTENT
                if kept.answer_began or not may:
                    raise
            else:
                self._keep(kept, origin)
                return response
        connection = await self._connect(address, origin)
        response = await connection.ask(request)
        self._keep(connection, origin)
        return response

    def _keep(self, connection: ClientProtocol, origin: http_address.Origin) -> None:
        """Keep a connection as idle after its response, or abort it."""
        idle = self._idle.setdefault(origin, [])
        going_out = connection.transport.get_write_buffer_size() > 0
        full = self._closed or len(idle) >= self.max_idle
        if going_out or full or not connection.usable:
            connection.abort()
        else:
            idle.append(connection)

    def _take_idle(self, origin: http_address.Origin) -> ClientProtocol | None:
        """The idle connection used last: the server has had the least time to close it."""
        idle = self._idle.get(origin, [])
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
            connection.abort()
        return None

    async def _connect(
        self, address: http_address.Address, origin: http_address.Origin
    ) -> ClientProtocol:
        ssl = None
        if address.scheme == "https":
            ssl = self._ssl = self._ssl or ssl_module.create_default_context()
        limit = self.connect_timeout
        there = address.authority
        by, tunnelled = self._by, ssl is not None
        if by is not None and not tunnelled:
            address = by
            ssl = ssl_module.create_default_context() if by.scheme == "https" else None
        async with _Deadline(limit, lambda: f"no connection to {there} within {limit} s"):
            _, connection = await tunnel.connect(
                lambda: ClientProtocol(
                    self.max_body, self._traffic, lambda opened: self._opened(opened, origin)
                ),
                address.host,
                address.port,
                ssl=ssl,
                proxy=self.proxy if tunnelled else None,
            )
        if self._closed:
            connection.abort()
            raise ConnectionClosed("the client was closed while it connected")
        return connection

    def _opened(self, connection: ClientProtocol, origin: http_address.Origin) -> None:
        """Hold a connection from the moment at which it is made until it is lost."""
        self.connections_opened += 1
        self._open[connection] = None
        connection.lost.add_done_callback(lambda _: self._forget(connection, origin))

    def _forget(self, connection: ClientProtocol, origin: http_address.Origin) -> None:
        """Forget a connection that is lost."""
        self._open.pop(connection, None)
        idle = self._idle.get(origin, [])
        if connection in idle:
            idle.remove(connection)
        if not idle:
            self._idle.pop(origin, None)

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


class ClientProtocol(asyncio.Protocol):
    """One connection, on which one request is sent after the other."""

    transport: asyncio.Transport

    def __init__(
        self, max_body: int, traffic: Traffic, opened: Callable[[ClientProtocol], object]
    ) -> None:
        self.answer_began = False  # has a byte of the present response come?
        self._traffic = traffic
        self._opened = opened  # called when the connection is made
        self._answer: asyncio.Future[http11.Response] | None = None
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()  # done when TCP has ended
        self._wire = ClientConnection(max_body=max_body, now=self._loop.time())

    @property
    def arriving(self) -> int:
        """Bytes of a body that has come in part."""
        found = self._wire.arriving
        return found[1] if found is not None else 0

    @property
    def leaving(self) -> int:
        """Bytes of the request that have not reached the server's system."""
        return self.transport.get_write_buffer_size() + unacknowledged.count(self.transport)

    async def ask(self, request: http11.Request) -> http11.Response:
        """Send the request, return the response.  When it fails the connection is aborted."""
        self.answer_began = False
        self._answer = self._loop.create_future()
        try:
            if self._ended:
                raise ConnectionClosed("the connection ended before the request was sent")
            self._wire.send(request)
            data = self._wire.data_to_send()
            self._traffic.requests += 1
            self._traffic.sent += len(data)
            self.transport.write(data)
            return await self._answer
        except BaseException:
            self.abort()  # later bytes would be taken for the next response
            raise
        finally:
            self._answer = None

    @property
    def usable(self) -> bool:
        """May another request be sent here?"""
        due = self._wire.next_deadline()
        late = due is not None and due <= self._loop.time()
        return self._wire.reusable and not (self._ended or late or self.transport.is_closing())

    def abort(self) -> None:
        """End the connection at once."""
        self.transport.abort()

    def _deliver(self) -> None:
        """Hand over the response, or the error."""
        for event in self._wire.events():
            if self._answer is None or self._answer.done():
                self.abort()  # a response without a request
            elif isinstance(event, RemoteError):
                self._answer.set_exception(event)
            else:
                self._answer.set_result(event)

    def _end(self, error: Exception | None) -> None:
        self._ended = True
        if self._answer is None or self._answer.done():
            return
        if self.answer_began:
            clean = error is None and _said_goodbye(self.transport)
            self._wire.receive_eof(self._loop.time(), clean=clean)
            self._deliver()
        if not self._answer.done():
            closed = ConnectionClosed("the connection ended before the response began")
            closed.__cause__ = error
            self._answer.set_exception(closed)

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._opened(self)

    def data_received(self, data: bytes) -> None:
        self._traffic.received += len(data)
        if self._answer is None:
            self.abort()
            return
        self.answer_began = True
        self._wire.receive(data, self._loop.time())
        self._deliver()

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)
        if not self.lost.done():
            self.lost.set_result(None)


def _said_goodbye(transport: asyncio.Transport) -> bool:
    """Whether TLS ended with a close_notify.  Without one, a stranger may have cut it off."""
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        return bool(tls.read(1) == b"")
    except ssl_module.SSLError:  # it still waits for more
        return False


class _Deadline:
    """`asyncio.timeout` whose TimeoutError says what was late: `say()`, called only then.

    A generator as context manager, and a text for every request, would cost 2 µs more, of 75.
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
