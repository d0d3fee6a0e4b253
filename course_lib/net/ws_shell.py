"""Between asyncio's transport and `wire.websocket`: bytes in, callbacks, one write, and the end.

    data_received -> wire -> on_message(str | bytes), for each of them
                       |
                       +---> one write for all that this produced

    we have both said goodbye    server: FIN, and drop what still comes    client: wait for that

Lesson 05.  Builds on: wire.websocket, net.http_hangup, net.shared_buffer.  Used by: net.ws_link.
New here: the conversation may be over while TCP is not.  `on_close` is called at the end of the
conversation, `connection_lost` at that of TCP, and a deadline stands behind each.
Left out: what the layer above may call; see `net.ws_link`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Self, cast

from ..wire import close_codes, closing, websocket
from . import http_hangup, shared_buffer

logger = logging.getLogger("course_lib.net.ws")


def ignore(*_: object) -> None:
    """What is called when nobody has said what to call."""


class Shell(http_hangup.HangUp, shared_buffer.Reading):
    """The protocol of a WebSocket whose handshake is done."""

    def __init__(
        self, wire: websocket.Connection, stall_timeout: float, linger: float = 2.0
    ) -> None:
        super().__init__(stall_timeout, linger)
        self.wire = wire
        self.on_message: Callable[[str | bytes], object] = ignore
        self.on_close: Callable[[websocket.Closed], object] = ignore
        self.on_drain: Callable[[], object] = ignore
        self.reading_paused = False
        self._behind = False  # the wire holds more, whose turn comes
        self._corked = False  # a batch is being collected
        self._told = False  # `on_close` was called

    def take(
        self, transport: asyncio.Transport, leftover: bytes, opened: Callable[[Self], object]
    ) -> None:
        """Take over a transport whose handshake is done, and the bytes that came behind it."""
        transport.set_protocol(self)
        self.connection_made(transport)
        opened(self)
        if leftover:
            self.data_received(leftover)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.loop = asyncio.get_running_loop()
        self.watch()

    def data_received(self, data: bytes) -> None:
        if self.hanging_up:
            self.discard(len(data))
            return
        wire, now = self.wire, self.loop.time()
        wire.receive(data, now)
        self._corked = True
        try:
            more = wire.backlog
            for event in wire.events():
                if type(event) is str or type(event) is bytes:
                    self.on_message(event)
                elif type(event) is websocket.Pong:
                    self.ponged(event)
        except (Exception, asyncio.CancelledError):  # there is no task here to be cancelled
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
            # The others' turn.  At once, 90 KB of compressed zeros stop the loop for 0.4 s.
            self._behind = True
            self.transport.pause_reading()
            self.loop.call_soon(self._catch_up)

    def _catch_up(self) -> None:
        self._behind = False
        if not (self.reading_paused or self.hanging_up):
            self.transport.resume_reading()
            self.data_received(b"")

    def eof_received(self) -> None:
        """The peer sends no more.  asyncio closes the transport when everything has gone out."""
        if not self.hanging_up:
            self.wire.receive_eof(self.loop.time())
            self.flush()
            self._tell()
            self.hang_up(linger=False)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.hanging_up:
            self.flush()
            self._call(self.on_drain)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.wire.receive_eof(self.loop.time())
        self._tell()
        self.on_close = self.on_drain = ignore  # no cycle: gone at once, not when it is collected

    def flush(self) -> None:
        """Write what the wire has."""
        data = self.wire.data_to_send()
        if data and not self.hanging_up:
            self.transport.write(data)

    def ponged(self, pong: websocket.Pong) -> None:
        """A ping of ours was answered."""

    def deadline(self) -> float | None:
        return self.wire.next_deadline()

    def expired(self, now: float) -> None:
        if self.reading_paused:  # it is we who do not listen
            self.wire.pings.alive = True
        self.wire.tick(now)
        self.flush()
        if self.wire.state != closing.OPEN:
            self.settle()

    def _due(self) -> float | None:
        # The close timeout also counts for a peer that reads nothing.
        if not self.hanging_up and self.wire.state in (closing.CLOSING, closing.ENDING):
            return self.wire.next_deadline()
        return super()._due()

    def settle(self) -> None:
        """The conversation is over, or on its way there: write, tell, and end TCP if we must."""
        self.flush()
        self._tell()
        if self.wire.state == closing.CLOSED:
            self.transport.abort()
        elif self.wire.should_close:
            # TLS cannot end one direction only; its own goodbye takes the place of ours.
            self.hang_up(linger=not self.transport.get_extra_info("sslcontext"))
        else:
            self.resume()  # the peer's answer may stand behind messages
            self.watch()

    def hang_up(self, *, linger: bool) -> None:
        # To a peer that takes nothing any more the goodbye is as long as any other.
        self._stall_timeout = min(self._stall_timeout, self.wire.close_timeout)
        super().hang_up(linger=linger)

    def _tell(self) -> None:
        if self.wire.closed is not None and not self._told:
            self._told = True
            self.on_message = ignore
            self._call(self.on_close, self.wire.closed)

    def _call(self, callback: Callable[..., object], *args: object) -> None:
        try:
            callback(*args)
        except (Exception, asyncio.CancelledError):
            logger.exception("a WebSocket's callback failed")
            self.transport.abort()

    def pause(self) -> None:
        """Take no more messages, but for the rest of this batch: the peer will have to wait."""
        if not self.reading_paused and not self.hanging_up:
            self.reading_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Take messages again."""
        if self.reading_paused and not self.hanging_up:
            self.reading_paused = False
            if not self._behind:
                self._behind = True
                self.loop.call_soon(self._catch_up)  # the wire may hold some already
