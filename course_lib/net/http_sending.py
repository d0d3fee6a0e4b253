"""The sending half of the HTTP server's connection: whole, streamed, upgraded, or failed.

    Response           ──> wire ──> the next flush
    StreamedResponse   ──> head, flush, chunk, flush, chunk … no faster than the peer reads
    Upgrade            ──> 101, flush, and the transport changes hands

Lesson 01.  Builds on: wire.http_connection, net.http_answer, net.http_hangup.
Used by: net.http_serving.
New here: an answer that cannot be sent; the peer is told 500, the handler's author reads the log.
Left out: when to answer; see `net.http_serving`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from ..errors import LocalError, RemoteError
from ..wire import http11, http_connection, http_receiver
from . import http_answer, http_hangup

if TYPE_CHECKING:
    from . import http_server

logger = logging.getLogger("course_lib.net.http_server")


class Sending(http_hangup.HangUp):
    """Answers the oldest request of `wire`."""

    wire: http_connection.ServerConnection

    def __init__(self, server: http_server.Server) -> None:
        super().__init__(server.idle_timeout, server.linger)
        self.server = server
        self.waiting: deque[http11.Request | RemoteError] = deque()  # not yet handled
        self.method = ""  # of the request whose answer is due
        self.unwritten = 0  # bytes of bodies that the wire holds for us
        self._drained: asyncio.Future[None] | None = None

    def flush(self) -> None:
        self.unwritten = 0
        data = self.wire.data_to_send()
        if data:
            self.transport.write(data)

    def send(self, response: http11.Response) -> None:
        """Answer the oldest request.  The bytes stay in the wire until the next flush."""
        try:
            if response.status < 200:
                raise LocalError(f"status {response.status} does not answer a request")
            self.wire.send(self._last(response), self.loop.time())
            self.unwritten += len(response.body)
        except Exception:
            logger.exception("a handler's response cannot be sent")
            self.fail()

    def _last(self, response: http11.Response) -> http11.Response:
        """The same response; when the server is closing and none is due behind it, it says so."""
        if not self.server.is_closing or self.waiting:
            return response
        pairs = [pair for pair in response.headers if pair[0].lower() != "connection"]
        headers = http11.Headers([*pairs, ("Connection", "close")])
        return http11.Response(response.status, headers, response.body, response.reason)

    def fail(self) -> None:
        """Say that the handler failed; in the middle of a stream only the end can say so."""
        if self.wire.writing == http_receiver.READY:
            self.wire.send(self._last(http_answer.failure()), self.loop.time())
        else:
            self.flush()
            self.hang_up(linger=False)

    async def stream(self, answer: http_answer.StreamedResponse) -> object:
        """Send a body while it is made, no faster than the peer reads."""
        wire = self.wire
        try:
            wire.start(self._last(http11.Response(answer.status, answer.headers)))
            self.flush()
            if not http11.bodiless(answer.status, self.method):
                async for chunk in answer.chunks:
                    wire.write(chunk)
                    self.flush()
                    while self.writing_paused and not self.hanging_up:
                        self._drained = self.loop.create_future()
                        await self._drained
        finally:
            close = getattr(answer.chunks, "aclose", None)
            if close is not None:
                await close()
        wire.finish(self.loop.time())  # last: what fails before it belongs to this answer
        return SENT

    def switch(self, upgrade: http_answer.Upgrade) -> None:
        """Send 101 and hand over the connection."""
        if self.server.is_closing:
            self.send(http_answer.late())
            return
        try:
            if upgrade.response.status != 101:
                raise LocalError(f"an upgrade is answered with 101, not {upgrade.response.status}")
            self.wire.send(upgrade.response, self.loop.time())
        except LocalError:
            logger.exception("an upgrade cannot be sent")
            self.fail()
            return
        self.flush()
        self.detach()
        self.transport.resume_reading()
        try:
            upgrade.take(self.transport, self.wire.take_leftover())
            if self.transport.get_protocol() is self:
                raise LocalError("take(transport, leftover) must call transport.set_protocol(…)")
        except Exception:
            logger.exception("an upgraded connection was not taken over")
            self.transport.abort()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._wake()

    def _wake(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)


SENT = object()  # what `stream` returns: the answer is on its way already
