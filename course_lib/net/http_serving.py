"""One connection of the HTTP server: asyncio pushes bytes in, responses go out.

    data_received -> wire -> waiting requests -> handler -> wire -> one write for all of them
                                  |                 |
        peer left: dropped <------+                 +----> suspends: its response comes later

    Response           ──> wire ──> the next flush
    StreamedResponse   ──> head, flush, chunk, flush, chunk … no faster than the peer reads
    Upgrade            ──> 101, flush, and another protocol takes the transport

Lesson 01.  Builds on: wire.http.connection, net.http_answer, net.lingering, net.unacknowledged.
Used by: net.http_server, net.ws_server.
New here: no task for a handler that does not suspend, one handler at a time for each connection (so
responses keep the order of the requests), and no reading while there is no room for responses
(back-pressure).  When a response cannot be sent the peer gets 500, and the log says why.
Left out: how a connection ends; see `net.lingering`.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import sys
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import TYPE_CHECKING, Any, cast

from ..errors import LocalError, RemoteError
from ..wire.http import http11
from ..wire.http.connection import ServerConnection
from ..wire.http.receiver import BODY, CLOSED, DONE, READY, SWITCHING
from . import http_answer, lingering, unacknowledged

if TYPE_CHECKING:
    from . import http_server

logger = logging.getLogger("course_lib.net.http_server")

FLUSH_AT = 65536  # bytes of responses collected before they are written out
HELD = 65536  # bytes after a request to upgrade that we read before it is answered
EAGER = sys.version_info >= (3, 12)
SENT = object()  # what `_stream` returns: it has sent the response itself


class ServerProtocol(lingering.LingeringClose):
    """The protocol between asyncio's transport and `wire.http.connection`."""

    wire: ServerConnection

    def __init__(self, server: http_server.Server) -> None:
        super().__init__(server.idle_timeout, server.linger)
        self.server = server
        self.waiting: deque[http11.Request | RemoteError] = deque()  # not yet handled
        self._method = ""  # of the request that is being handled
        self._unwritten = 0  # bytes of bodies in the wire, not flushed yet
        self._drained: asyncio.Future[None] | None = None
        self._running: asyncio.Future[Any] | None = None  # the handler that has not returned yet
        self._reading_paused = self._working = False
        self._in_time = 0  # requests that came before the server began to close

    @property
    def engaged(self) -> bool:
        """Whether a response is due, or not completely sent."""
        return bool(self._running or self.waiting or self.unsent)

    @property
    def peer(self) -> str:
        """The peer's "host:port", as in `Request.peer`."""
        return self.wire.peer

    @property
    def arriving(self) -> tuple[http11.Request, int] | None:
        """A request whose body has come in part, and how many bytes; None if there is none."""
        return self.wire.arriving

    @property
    def leaving(self) -> int:
        """Bytes of responses that have not reached the peer's system, as far as ours tells."""
        return self.unsent + unacknowledged.count(self.transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        server = self.server
        self.loop = server.loop
        peer = transport.get_extra_info("peername")
        self.wire = ServerConnection(
            now=self.loop.time(),
            peer=f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "",
            **server.wire_limits,
        )
        if server.admit(self):
            self.watch()
        else:
            self.transport.write(http11.encode_response(http_answer.crowded()))
            self.hang_up(linger=True)

    def data_received(self, data: bytes) -> None:
        if self.hanging_up or self.wire.reading == DONE:
            self.discard(len(data))
            return
        self.wire.receive(data, self.loop.time())
        self._work()

    def eof_received(self) -> bool:
        """The peer has left: cancel the handler, whose response it would not read.

        TCP does not say whether a FIN means "I have asked all" or "I am gone".  A held poll must
        end at once when its peer is gone, so we take it for that, whatever the request said.  A
        handler that does not wait has two turns of the loop to begin and to end.
        """
        if self.hanging_up:
            return False
        if self._running is not None and not self.transport.get_extra_info("sslcontext"):
            self.loop.call_soon(self.loop.call_soon, self._left)
            return True  # asyncio leaves the transport open
        self._left()
        return False  # asyncio closes it, after everything written has been sent

    def _left(self) -> None:
        if self.detached:  # it became a WebSocket meanwhile, and that has not heard of the end
            if not self.transport.get_protocol().eof_received():  # type: ignore[attr-defined]
                self.transport.close()
            return
        if self.hanging_up:
            return
        owed = self._running is not None or bool(self.waiting)
        self._forget()
        self.wire.receive_eof(self.loop.time())
        for event in self.wire.events():
            if isinstance(event, RemoteError):
                self._tell(event)
                if not owed:
                    self.transport.write(http11.encode_response(http_answer.refusal(event)))
        self.hang_up(linger=False)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._wake()
        self._forget()
        if self.wire.reading == BODY:
            self.wire.receive_eof(self.loop.time(), clean=False)
            for event in self.wire.events():
                if isinstance(event, RemoteError):
                    self._tell(event)
        self.server.leave(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._balance_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wake()
        self._work()

    def deadline(self) -> float | None:
        return self.wire.next_deadline()

    def expired(self, now: float) -> None:
        self.wire.tick(now)
        self._work()

    def wind_up(self) -> None:
        """The server is closing: close now, or after the due responses."""
        self._in_time = len(self.waiting)
        if self._running is None and not self.waiting:
            self.hang_up(linger=False)  # after everything written has been sent

    def detach(self) -> None:
        super().detach()
        self.server.leave(self)

    def abort(self) -> None:
        """Close now, without the due responses."""
        self.transport.abort()

    def _tell(self, error: RemoteError) -> None:
        """Tell the application of a request whose body was refused, or did not come."""
        refused, request = self.server.refused, self.wire.unfinished
        if refused is not None and request is not None:
            try:
                refused(request, error)
            except Exception:
                logger.exception("the callback for a refused request failed")

    def _forget(self) -> None:
        """Cancel the handler, drop the waiting requests."""
        running, self._running = self._running, None
        self.waiting.clear()
        if running is not None:
            running.cancel()

    def _work(self) -> None:
        """Handle the waiting requests as far as possible, then write once."""
        if self._working or self.hanging_up or self.detached:
            return
        self._working = True
        wire, waiting, dropped = self.wire, self.waiting, False
        try:
            waiting += wire.events()
            while waiting and self._running is None and not self.writing_paused:
                # RFC 9112 §9.6: a server that has sent "close" "MUST NOT process any further
                # requests received on that connection."
                if self.hanging_up or wire.writing == CLOSED:
                    dropped = True
                    waiting.clear()
                    break
                event = waiting.popleft()
                if isinstance(event, RemoteError):
                    self._tell(event)
                    self._send(http_answer.refusal(event))
                    self._flush()
                    self.hang_up(linger=True)
                    return
                self._handle(event)
                if self._unwritten > FLUSH_AT:
                    self._flush()
            self._flush()
        finally:
            self._working = False
        if self.hanging_up or self.detached:
            return
        waiting += wire.events()  # a response makes room for more requests
        if wire.should_close and self._running is None and not waiting:
            self.hang_up(linger=dropped)
            return
        if waiting and self._running is None and not self.writing_paused:
            # Yield to other connections: 256 KiB of requests in one go block the loop for 0.3 s.
            self.loop.call_soon(self._work)
        if self._reading_paused or not wire.wants_data:
            self._balance_reading()
        self.watch()

    def _balance_reading(self) -> None:
        """Pause reading while there is no room for requests or responses."""
        if self.hanging_up or self.detached:
            return
        wire = self.wire
        # After the last request we read on, for the one thing that may still come: the peer's FIN.
        # And while a handler thinks about an Upgrade, for the FIN and a few bytes of the new
        # protocol.
        on = wire.reading == DONE or (wire.reading == SWITCHING and wire.held < HELD)
        pause = self.writing_paused or not (wire.wants_data or on)
        if pause and not self._reading_paused:
            self.transport.pause_reading()
        elif self._reading_paused and not pause:
            self.transport.resume_reading()
        self._reading_paused = pause

    def _handle(self, request: http11.Request) -> None:
        if self.server.is_closing:
            if not self._in_time:
                self._send(http_answer.late())
                return
            self._in_time -= 1
        self._method = request.method
        if request.method == "CONNECT":  # there are no tunnels here
            self._send(http_answer.no_tunnel())
            return
        try:
            # A copied context costs 0.1 µs; a handler's context variables end with its request.
            answer = contextvars.copy_context().run(self.server.handler, request)
        except (Exception, asyncio.CancelledError):  # no task runs here that could be cancelled
            logger.exception("the handler of %s %s failed", request.method, request.target)
            self._send(http_answer.failure())
            return
        if type(answer) is http11.Response:
            self._send(answer)
        elif asyncio.isfuture(answer):
            self._await(answer)
        elif inspect.isawaitable(answer):
            self._await(self._task(answer))
        else:
            self._settle(answer)

    def _task(self, answer: Awaitable[Any]) -> asyncio.Task[Any]:
        """A task for a handler that may suspend.  On 3.12 and later it starts at once."""
        coroutine: Coroutine[Any, Any, Any] = (
            answer if inspect.iscoroutine(answer) else _outcome(answer)
        )
        if EAGER:
            task = asyncio.Task(coroutine, loop=self.loop, eager_start=True)  # type: ignore[call-arg, unused-ignore]
        else:
            task = self.loop.create_task(coroutine)
        self.server.tasks[task] = None
        return task

    def _await(self, answer: asyncio.Future[Any]) -> None:
        self._running = answer
        if answer.done():
            self._arrived(answer)
        else:
            answer.add_done_callback(self._arrived)

    def _arrived(self, answer: asyncio.Future[Any]) -> None:
        """Respond with the result of the handler, which has ended."""
        self.server.tasks.pop(answer, None)
        error = None if answer.cancelled() else answer.exception()
        if self._running is not answer:  # its peer had left
            if error is not None:
                logger.error("a handler failed after its peer had left", exc_info=error)
            return
        self._running = None
        if error is not None or answer.cancelled():
            logger.error("a handler failed or was cancelled", exc_info=error)
            self._fail()
        else:
            self._settle(answer.result())
        self._work()

    def _settle(self, answer: object) -> None:
        """Send what the handler returned."""
        if isinstance(answer, http11.Response):
            self._send(answer)
        elif isinstance(answer, http_answer.StreamedResponse):
            self._await(self._task(self._stream(answer)))
        elif isinstance(answer, http_answer.Upgrade):
            self._switch(answer)
        elif answer is not SENT:
            logger.error("a handler returned %r, which is not a response", answer)
            self._fail()

    # Responses out.

    def _flush(self) -> None:
        self._unwritten = 0
        data = self.wire.data_to_send()
        if data:
            self.transport.write(data)

    def _send(self, response: http11.Response) -> None:
        """Answer the oldest request.  The bytes stay in the wire until the next flush."""
        try:
            if response.status < 200:
                raise LocalError(f"status {response.status} does not answer a request")
            self.wire.send(self._last(response), self.loop.time())
            self._unwritten += len(response.body)
        except Exception:
            logger.exception("a handler's response cannot be sent")
            self._fail()

    def _last(self, response: http11.Response) -> http11.Response:
        """Add `Connection: close` if the server is closing and no response follows this one."""
        if not self.server.is_closing or self.waiting:
            return response
        pairs = [pair for pair in response.headers if pair[0].lower() != "connection"]
        headers = http11.Headers([*pairs, ("Connection", "close")])
        return http11.Response(response.status, headers, response.body, response.reason)

    def _fail(self) -> None:
        """Respond with 500; in a streamed body, close the connection before its end instead."""
        if self.wire.writing == READY:
            self.wire.send(self._last(http_answer.failure()), self.loop.time())
        else:
            self._flush()
            self.hang_up(linger=False)

    async def _stream(self, answer: http_answer.StreamedResponse) -> object:
        """Send a body while it is produced, no faster than the peer reads."""
        wire = self.wire
        try:
            wire.start(self._last(http11.Response(answer.status, answer.headers)))
            self._flush()
            if not http11.bodiless(answer.status, self._method):
                async for chunk in answer.chunks:
                    wire.write(chunk)
                    self._flush()
                    while self.writing_paused and not self.hanging_up:
                        self._drained = self.loop.create_future()
                        await self._drained
        finally:
            close = getattr(answer.chunks, "aclose", None)
            if close is not None:
                await close()
        wire.finish(self.loop.time())  # last: an error before it breaks off this response
        return SENT

    def _switch(self, upgrade: http_answer.Upgrade) -> None:
        """Send 101 and hand over the transport."""
        if self.server.is_closing:
            self._send(http_answer.late())
            return
        try:
            if upgrade.response.status != 101:
                raise LocalError(f"an upgrade is answered with 101, not {upgrade.response.status}")
            self.wire.send(upgrade.response, self.loop.time())
        except LocalError:
            logger.exception("an upgrade cannot be sent")
            self._fail()
            return
        head = self.wire.data_to_send() if upgrade.sends_response else b""
        self._flush()
        self.detach()
        self.transport.resume_reading()
        given = (self.wire.take_leftover(), head) if head else (self.wire.take_leftover(),)
        try:
            upgrade.take(self.transport, *given)
            if self.transport.get_protocol() is self:
                raise LocalError("take(transport, leftover) must call transport.set_protocol(…)")
            self.server.hand_over(self.transport)
        except Exception:
            logger.exception("an upgraded connection was not taken over")
            self.transport.abort()

    def _wake(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)


async def _outcome(answer: Awaitable[Any]) -> Any:
    return await answer
