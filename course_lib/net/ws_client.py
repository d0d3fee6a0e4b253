"""A WebSocket client: from a URL to a conversation.                    RFC 6455 §4.1

    TCP ──> TLS, for wss ──> GET with Upgrade ──> 101, checked ──> Connection
    |---------------------- connect_timeout ------------------------|

Lesson 05.  Builds on: wire.http.connection, wire.websocket.handshake, net.ws_connection,
net.ws_options.  Used by: net.ws.
New here: a protocol that hands its transport to another.  Bytes after the 101 already are frames.
Left out: redirects, retries.
"""

from __future__ import annotations

import asyncio
import base64
import os
import ssl as ssl_module
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from ..errors import ConnectionClosed, LocalError, RemoteError
from ..wire.http import http11
from ..wire.http.connection import ClientConnection, IncompleteMessage
from ..wire.http.http11 import Response
from ..wire.websocket import connection as websocket
from ..wire.websocket import deflate_offers, handshake
from ..wire.websocket import url as websocket_url
from . import tunnel, ws_connection, ws_link, ws_options

AnyLink = TypeVar("AnyLink", bound=ws_link.PushConnection)

MAX_REFUSAL = 65536  # bytes that we read of the body of a response other than 101
REFUSAL_TIME = 0.5  # seconds that its body may take, once its head is here
ANY_SIZE = 1 << 60  # its Content-Length is no reason to forget its status
NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")  # OpenSSL's reasons


class Dialling(Generic[AnyLink]):
    """What `ws.dial` returns: await it for the link, whose callbacks `opened(link)` has set."""

    def __init__(
        self,
        url: str,
        link: Callable[[websocket.Connection], AnyLink],
        opened: Callable[[AnyLink], object],
        *,
        ssl: ssl_module.SSLContext | None,
        origin: str | None,
        subprotocols: Sequence[str],
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        connect_timeout: float,
        options: ws_options.Options,
        proxy: str | None = None,
    ) -> None:
        self.url = url
        self._link, self.opened = link, opened
        self.address = websocket_url.parse(url)
        if ssl is not None and not self.address.secure:
            raise LocalError(f"{url} is not encrypted: ssl={ssl!r} needs wss://")
        self.subprotocols = subprotocols
        self.options = options
        self.key = base64.b64encode(os.urandom(16)).decode("ascii")
        settings = options.settings
        offers = [deflate_offers.offer(settings)] if settings else []
        self.request = handshake.request(
            url,
            self.key,
            origin=origin,
            subprotocols=subprotocols,
            extensions=handshake.format_extensions(offers),
            headers=headers,
        )
        http11.encode_request(self.request)  # LocalError for a header that cannot be sent: here
        self._ssl = ssl
        self._connect_timeout = connect_timeout
        self._proxy = proxy
        self._connection: AnyLink | None = None

    async def open(self) -> AnyLink:
        """Connect.  A second call gives the same connection."""
        if self._connection is not None:
            return self._connection
        ssl = (self._ssl or ssl_module.create_default_context()) if self.address.secure else None
        scope = asyncio.timeout(self._connect_timeout)
        try:
            async with scope:
                transport, dialling = await tunnel.connect(
                    lambda: _Handshaking(self),
                    self.address.host,
                    self.address.port,
                    ssl=ssl,
                    proxy=self._proxy,
                )
                try:
                    self._connection = await dialling.done
                except BaseException:
                    transport.abort()
                    raise
        except ssl_module.SSLError as error:
            if error.reason not in NO_TLS:
                raise
            text = f"what answers at {self.url} speaks no TLS: perhaps it is at ws://"
            raise RemoteError(text, 0) from error
        except TimeoutError as error:
            if scope.expired():
                limit = f"{self._connect_timeout:g} s"
                raise TimeoutError(f"no WebSocket at {self.url} within {limit}") from error
            raise
        return self._connection

    def agree(self, response: Response) -> AnyLink:
        """The link that this response opens.  RemoteError if it opens none."""
        settings, options = self.options.settings, self.options
        agreement = handshake.verify(
            response,
            self.key,
            subprotocols=self.subprotocols,
            extensions=(lambda said: deflate_offers.verify(said, settings)) if settings else None,
        )
        now = asyncio.get_running_loop().time()
        connection = self._link(options.wire(now, agreement.extensions, ws_options.Keys()))
        connection.request, connection.response = self.request, response
        return connection

    def __await__(self) -> Generator[Any, None, AnyLink]:
        return self.open().__await__()


class Connecting(Dialling[ws_connection.Connection]):
    """What `ws.connect` returns: await it, or enter it, for the Connection."""

    async def __aenter__(self) -> ws_connection.Connection:
        return await self.open()

    def __repr__(self) -> str:
        how = "await it, or enter it with async with" if self._connection is None else "connected"
        return f"<ws.connect {self.url}: {how}>"

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._connection is not None:
            await self._connection.__aexit__(kind, *rest)


class _Handshaking(asyncio.Protocol, Generic[AnyLink]):
    """The protocol until the 101 has come."""

    def __init__(self, connecting: Dialling[AnyLink]) -> None:
        self._connecting = connecting
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[AnyLink] = loop.create_future()
        # Retrieve the error: a cancelled caller does not, and asyncio would log it.
        self.done.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._loop = loop
        self._began = False  # has a byte of the response come?
        self._wire = ClientConnection(max_body=ANY_SIZE, now=loop.time())
        self._refusal: Response | None = None  # with what has come of its body
        self._timer: asyncio.TimerHandle | None = None  # runs while that is coming

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._wire.send(self._connecting.request)
        self._transport.write(self._wire.data_to_send())

    def data_received(self, data: bytes) -> None:
        self._began = True
        self._wire.receive(data, self._loop.time())
        self._look()
        self._look_at_refusal()

    def eof_received(self) -> None:
        if self._began:
            self._wire.receive_eof(self._loop.time())
            self._look()

    def connection_lost(self, error: Exception | None) -> None:
        self._refuse()
        if not self.done.done():
            text = "the connection ended before the server had answered"
            if not self._connecting.address.secure:
                text += " (so does one for wss:// to a client of ws://)"
            closed = ConnectionClosed(text)
            closed.__cause__ = error
            self.done.set_exception(closed)

    def _look_at_refusal(self) -> None:
        """A response whose body is coming is a refusal: wait for the body, but not for long."""
        self._refusal = self._wire.partial() or self._refusal
        if self._refusal is None or self.done.done():
            return
        if len(self._refusal.body) >= MAX_REFUSAL:
            self._refuse()
        elif self._timer is None:
            self._timer = self._loop.call_later(REFUSAL_TIME, self._refuse)

    def _refuse(self) -> None:
        """Report the status of a response whose body did not come to its end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._refusal is not None and not self.done.done():
            self._refusal.body = self._refusal.body[:MAX_REFUSAL]
            try:
                self._connecting.agree(self._refusal)
            except RemoteError as error:
                self.done.set_exception(error)

    def _look(self) -> None:
        """Handle the response, if it has come."""
        for event in self._wire.events():
            if self.done.done():
                return
            try:
                if isinstance(event, RemoteError):
                    if isinstance(event, IncompleteMessage) and isinstance(event.head, Response):
                        self._refusal = self._refusal or event.head
                    if self._refusal is not None:
                        self._refuse()
                        return
                    url, code = self._connecting.url, event.code
                    text = f"what answers at {url} is no WebSocket server: {event}"
                    raise RemoteError(text, code) from event
                connection = self._connecting.agree(event)
                rest = self._wire.take_leftover()
                self.done.set_result(connection)
                connection.take(self._transport, rest, self._connecting.opened)
            except RemoteError as error:
                self.done.set_exception(error)
