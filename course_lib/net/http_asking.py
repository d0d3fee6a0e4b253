"""One connection of the HTTP client: a question goes out, its answer comes back.   RFC 9112 §9

Lesson 01.  Builds on: wire.http_connection.  Used by: net.http_client.
New here: when a connection may not be used again (after a cancelled question, after anything that
nobody asked for, while a request is still going out although its answer is here).
Left out: more than one question at a time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from ..errors import ConnectionClosed, RemoteError
from ..wire import http11, http_connection
from . import http_address

if TYPE_CHECKING:
    from . import http_client


class Connection(asyncio.Protocol):
    """The protocol between asyncio's transport and `wire.http_connection`."""

    def __init__(self, client: http_client.Client, origin: http_address.Origin) -> None:
        self.origin = origin
        self.answer_began = False  # has a byte of the present answer come?
        self._client = client
        self._answer: asyncio.Future[http11.Response] | None = None
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._wire = http_connection.ClientConnection(
            max_body=client.max_body, now=self._loop.time()
        )

    async def ask(self, request: http11.Request) -> http11.Response:
        """Send the request, return the response; keep the connection if it may be kept."""
        self.answer_began = False
        self._answer = self._loop.create_future()
        try:
            if self._ended:
                raise ConnectionClosed("the connection ended before the request was sent")
            self._wire.send(request)
            data = self._wire.data_to_send()
            self._client.requests_sent += 1
            self._client.bytes_sent += len(data)
            self._transport.write(data)
            response = await self._answer
        except BaseException:
            self.abort()  # what still comes would be taken for the next answer
            raise
        finally:
            self._answer = None
        going_out = self._transport.get_write_buffer_size() > 0
        if going_out or not self.usable or not self._client.keep(self):
            self.abort()
        return response

    @property
    def usable(self) -> bool:
        """May another question be asked here?"""
        due = self._wire.next_deadline()
        late = due is not None and due <= self._loop.time()
        return self._wire.reusable and not (self._ended or late or self._transport.is_closing())

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    def _deliver(self) -> None:
        """Hand over the answer, or the reason why there is none."""
        for event in self._wire.events():
            if self._answer is None or self._answer.done():
                self.abort()  # nobody asked for this
            elif isinstance(event, RemoteError):
                self._answer.set_exception(event)
            else:
                self._answer.set_result(event)

    def _end(self, error: Exception | None) -> None:
        self._ended = True
        if self._answer is None or self._answer.done():
            return
        if self.answer_began:
            self._wire.receive_eof(self._loop.time())
            self._deliver()
        if not self._answer.done():
            closed = ConnectionClosed("the connection ended before the response began")
            closed.__cause__ = error
            self._answer.set_exception(closed)

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._client.opened(self)

    def data_received(self, data: bytes) -> None:
        self._client.bytes_received += len(data)
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
        self._client.forget(self)
        if not self.lost.done():
            self.lost.set_result(None)
