"""A WebSocket that calls back: no task and no queue for each connection.

    link.on_message = session.receive        called with str | bytes, at once, in order
    link.send_nowait("hello")                 written at the end of the batch that called us, or now

    data_received -> wire -> on_message, for each message
                       |
                       +---> one write for all that this produced

    both have sent Close    server: FIN, and drop what still comes    client: wait for the FIN

Lesson 05.  Builds on: wire.websocket.connection, net.lingering, net.shared_buffer,
net.unacknowledged.
Used by: net.ws_connection, net.ws_server, and by layers above.
New here: a layer that keeps its own state needs no waiting coroutine for each peer.  The
conversation may be over while TCP is not: `on_close` is called at the end of the conversation,
`connection_lost` at the end of TCP, and each of the two waits has a deadline.
Left out: waiting for a message, and for room to send one; see `net.ws_connection`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Self, cast

from ..errors import ConnectionClosed
from ..wire.http.http11 import Request, Response
from ..wire.websocket import close_codes, closing
from ..wire.websocket import connection as websocket
from . import lingering, shared_buffer, unacknowledged, ws_options

logger = logging.getLogger("course_lib.net.ws")

HIGH_WATER = 65536  # bytes unsent, above which asyncio calls `pause_writing`
FLUSH_AT = 65536  # bytes collected in one batch before they are written out


def ignore(*_: object) -> None:
    """The callback until another one is set."""


class PushConnection(lingering.LingeringClose, asyncio.BufferedProtocol):
    """One end of a WebSocket, which calls back (the push view).

    Set the callbacks when you are given the link: `on_message(message)`; `on_close(closed)`, once,
    when the conversation is over; `on_drain()`, when there is room to send again after
    `writing_paused`.  An exception in `on_message` is logged and ends the connection with 1011.

    `send_nowait` does not wait.  What the peer does not read is buffered; sending while more than
    `max_unsent` bytes are buffered ends the connection, so stop while `writing_paused` is true.
    """

    def __init__(
        self,
        wire: websocket.Connection,
        *,
        max_unsent: int = 1_048_576,
        stall_timeout: float = 60.0,
        linger: float = 2.0,
    ) -> None:
        super().__init__(stall_timeout, linger)
        self.wire = wire
        self.max_unsent = max_unsent
        self.request: Request | None = None
        self.response: Response | None = None
        self.on_message: Callable[[str | bytes], object] = ignore
        self.on_close: Callable[[websocket.Closed], object] = ignore
        self.on_drain: Callable[[], object] = ignore
        self.reading_paused = False
        self._catch_up_planned = False  # `_catch_up` is scheduled, for what the wire still holds
        self._corked = False  # a batch is being collected
        self._close_reported = False  # `on_close` was called
        self._outgoing = 0  # bytes on their way to the peer when a deadline was looked at last

    def take(
        self,
        transport: asyncio.Transport,
        leftover: bytes,
        opened: Callable[[Self], object],
        head: bytes = b"",
    ) -> None:
        """Take over a transport whose handshake is done, and the bytes that came after it.

        `head` is the end of the handshake, still to be sent: with what `opened` sends, in one
        write.  On loopback a write costs the sender 80 µs, most of it the receiver's TCP.
        """
        transport.set_protocol(self)
        self.connection_made(transport)
        if head:
            self.wire.send_first(head)
            self._corked = True
        try:
            opened(self)
        finally:
            self._corked = False
            if head:
                self.flush()
        if leftover:
            self.data_received(leftover)

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that both ends have agreed on, or None."""
        return self.response.headers.get("sec-websocket-protocol") if self.response else None

    @property
    def latency(self) -> float | None:
        """Seconds between the last ping that was answered and its pong; None before that."""
        return self.wire.pings.latency

    @property
    def arriving(self) -> int:
        """Bytes of a message that has come in part."""
        return self.wire.arriving

    @property
    def leaving(self) -> int:
        """Bytes that have not reached the peer's system, as far as ours tells."""
        return self.unsent + unacknowledged.count(self.transport)

    # Messages out.

    def send_nowait(self, message: websocket.Payload, *, compress: bool = True) -> None:
        """Send a message: `str` is text, bytes are binary.  ConnectionClosed after the end."""
        self._check()
        self.wire.send(message, compress=compress)
        if not self._corked or self.wire.unsent > FLUSH_AT:
            self.flush()

    def send_encoded(self, data: bytes) -> None:
        """Send what `frames.encode` made once for many receivers.  For servers."""
        self._check()
        self.wire.send_encoded(data)
        if not self._corked or self.wire.unsent > FLUSH_AT:
            self.flush()

    def _check(self) -> None:
        """Raise ConnectionClosed unless a message can be sent."""
        if self.wire.state != closing.OPEN:
            raise self.ended()
        if self.writing_paused and self.unsent > self.max_unsent:
            logger.warning("a peer reads too slowly; cut off with %d bytes unsent", self.unsent)
            self.wire.abandon("the peer reads too slowly", now=self.loop.time())
            self.settle()
            raise self.ended()

    def flush(self) -> None:
        """Write what the wire has to send."""
        data = self.wire.data_to_send()
        if data and not self.hanging_up:
            self.transport.write(data)

    def ponged(self, pong: websocket.Pong) -> None:
        """Called when a ping of ours was answered."""

    # Messages in.

    def pause(self) -> None:
        """Take no more messages after this batch.  TCP's flow control makes the peer wait."""
        if not self.reading_paused and not self.hanging_up:
            self.reading_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Take messages again."""
        if self.reading_paused and not self.hanging_up:
            self.reading_paused = False
            if not self._catch_up_planned:
                self._catch_up_planned = True
                self.loop.call_soon(self._catch_up)  # the wire may hold some already

    def _catch_up(self) -> None:
        self._catch_up_planned = False
        if not (self.reading_paused or self.hanging_up):
            self.transport.resume_reading()
            self.data_received(b"")

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.loop = asyncio.get_running_loop()
        self._buffer = shared_buffer.of(self.loop)
        if self.max_unsent < HIGH_WATER:
            self.transport.set_write_buffer_limits(high=self.max_unsent)
        self.watch()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        if self.hanging_up:
            self.discard(len(data))
            return
        wire, now = self.wire, self.loop.time()
        wire.receive(data, now)
        self._corked = True
        try:
            more = wire.has_more
            for event in wire.events():
                if type(event) is str or type(event) is bytes:
                    self.on_message(event)
                elif type(event) is websocket.Pong:
                    self.ponged(event)
        except (Exception, asyncio.CancelledError):  # no task runs here that could be cancelled
            logger.exception("the callback for a WebSocket's message failed")
            wire.fail(close_codes.INTERNAL_ERROR, "internal error", now=now)
        finally:
            self._corked = False
        # While the peer reads nothing, pongs stay in the wire, which keeps the last of them only.
        if not self.writing_paused:
            self.flush()
        if wire.state != closing.OPEN:
            self.settle()
        if more and not (self.reading_paused or self.hanging_up):
            # Yield to other connections: to inflate 90 KB of compressed zeros in
            # one go blocks the loop for 0.4 s.
            self._catch_up_planned = True
            self.transport.pause_reading()
            self.loop.call_soon(self._catch_up)

    def eof_received(self) -> None:
        """The peer sends no more.  asyncio closes the transport when everything is sent."""
        if not self.hanging_up:
            self.wire.receive_eof(self.loop.time())
            self.flush()
            self._report_close()
            self.hang_up(linger=False)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.hanging_up:
            self.flush()
            self._call(self.on_drain)

    def connection_lost(self, error: Exception | None) -> None:
        self.wire.receive_eof(self.loop.time())
        self._report_close()
        self.on_close = self.on_drain = ignore  # break the cycle: freed now, not by the GC
        super().connection_lost(error)

    # The end, and its deadlines.

    def start_close(self, code: int | None = 1000, reason: str = "") -> None:
        """Send a Close frame; `on_close` is called at the end.  LocalError for a bad code.

        Messages that still come are dropped, as a browser does after `close()`.
        """
        self.wire.close(code, reason, now=self.loop.time())
        self.on_message = ignore
        self.settle()

    def fail(self, code: int, reason: str) -> None:
        """Fail the connection with this code: the layer above, or its peer, broke a rule."""
        self.wire.fail(code, reason, now=self.loop.time())
        self.settle()

    def abort(self) -> None:
        """End now, without a Close frame.  `on_close` is called at once, and nothing after it."""
        self.wire.abandon("cut off by this end", now=self.loop.time())
        self.settle()

    def deadline(self) -> float | None:
        return self.wire.next_deadline()

    def expired(self, now: float) -> None:
        before, self._outgoing = self._outgoing, self.leaving
        # If we read nothing, no pong can come.  Or our ping stands after a long message: as long as
        # that gets shorter, the peer is there.
        if self.reading_paused or self._outgoing < before:
            self.wire.pings.alive = True
        self.wire.tick(now)
        self.flush()
        if self.wire.state != closing.OPEN:
            self.settle()

    @property
    def ending(self) -> bool:
        return self.hanging_up or self.wire.state != closing.OPEN

    def due(self) -> float | None:
        # The close timeout also counts for a peer that reads nothing.
        if not self.hanging_up and self.wire.state in (closing.CLOSING, closing.GOODBYE_DONE):
            return self.wire.next_deadline()
        return super().due()

    def settle(self) -> None:
        """After a change of state: flush, report the close, and end TCP if it is for us to do."""
        self.flush()
        self._report_close()
        if self.wire.state == closing.CLOSED:
            self.transport.abort()
        elif self.wire.should_close:
            self.hang_up(linger=True)
        else:
            self.resume()  # the peer's Close may come after messages
            self.watch()

    def hang_up(self, *, linger: bool) -> None:
        # A peer that reads nothing is aborted after the close timeout at the latest.
        self.stall_timeout = min(self.stall_timeout, self.wire.close_timeout)
        super().hang_up(linger=linger)

    def _report_close(self) -> None:
        if self.wire.closed is not None and not self._close_reported:
            self._close_reported = True
            self.on_message = ignore
            self._call(self.on_close, self.wire.closed)

    def _call(self, callback: Callable[..., object], *args: object) -> None:
        try:
            callback(*args)
        except (Exception, asyncio.CancelledError):
            logger.exception("a WebSocket's callback failed")
            self.transport.abort()

    def ended(self) -> ConnectionClosed:
        """The error for calls after the end."""
        closed = self.wire.closed
        if closed is None:
            return closing.Closed(
                close_codes.ABNORMAL, "we have said goodbye and wait for an answer"
            )
        error = closing.Closed(closed.code, closed.reason, clean=closed.clean)
        error.__cause__ = closed.__cause__
        return error


def of(options: ws_options.Options, wire: websocket.Connection) -> PushConnection:
    """A link with these limits."""
    return PushConnection(wire, max_unsent=options.max_unsent, stall_timeout=options.stall_timeout)
