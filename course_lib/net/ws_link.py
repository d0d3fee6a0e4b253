"""A WebSocket that calls back: no task and no queue for each connection.

    link.on_message = session.receive        called with str | bytes, at once, in order
    link.send_nowait("hello")                 written at the end of the batch that called us, or now

Lesson 05.  Builds on: net.ws_shell.  Used by: net.ws_writing, net.ws_server, and by layers above.
New here: a layer with a state of its own needs no coroutine for each peer to wait in.
Left out: waiting for a message, and for room to send one; see `net.ws_connection`.
"""

from __future__ import annotations

import asyncio

from ..errors import ConnectionClosed
from ..wire import close_codes, closing, websocket, websocket_sending
from ..wire.http11 import Request, Response
from . import ws_shell

FULL = 65536  # bytes unsent, from which asyncio says `pause_writing`
FLUSH = 65536  # bytes collected in one batch before they are written out


class Link(ws_shell.Shell):
    """One end of a WebSocket, for whoever prefers to be called.

    Set the callbacks when you are given the link: `on_message(message)`; `on_close(closed)`, once,
    when the conversation is over; `on_drain()`, when there is room to send again after
    `writing_paused`.  An exception in `on_message` is logged and ends the connection with 1011.

    `send_nowait` does not wait.  What the peer does not read is kept; whoever sends when this is
    more than `max_unsent` bytes ends the connection, so stop while `writing_paused` is true.
    """

    def __init__(
        self,
        wire: websocket.Connection,
        *,
        max_unsent: int = 1_048_576,
        stall_timeout: float = 60.0,
    ) -> None:
        super().__init__(wire, stall_timeout)
        self.max_unsent = max_unsent
        self.request: Request | None = None
        self.response: Response | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.max_unsent < FULL:
            self.transport.set_write_buffer_limits(high=self.max_unsent)

    def send_nowait(self, message: websocket_sending.Payload) -> None:
        """Send a message: `str` is text, bytes are binary.  ConnectionClosed after the end."""
        self._check()
        self.wire.send(message)
        if not self._corked or self.wire.unsent > FLUSH:
            self.flush()

    def send_encoded(self, data: bytes) -> None:
        """Send what `frames.encode` made once for many receivers.  For servers."""
        self._check()
        self.wire.send_encoded(data)
        if not self._corked or self.wire.unsent > FLUSH:
            self.flush()

    def _check(self) -> None:
        """Can a message be sent?"""
        if self.wire.state != closing.OPEN:
            raise self.ended()
        if self.writing_paused and self.unsent > self.max_unsent:
            ws_shell.logger.warning(
                "a peer reads too slowly; cut off with %d bytes unsent", self.unsent
            )
            self.wire.give_up("the peer reads too slowly", now=self.loop.time())
            self.settle()
            raise self.ended()

    def finish(self, code: int | None = 1000, reason: str = "") -> None:
        """Begin the goodbye; `on_close` says when it is over.  LocalError for a bad code.

        Messages that still come are dropped, as a browser does after `close()`.
        """
        self.wire.close(code, reason, now=self.loop.time())
        self.on_message = ws_shell.ignore
        self.settle()

    def fail(self, code: int, reason: str) -> None:
        """End at once, telling the peer why: it broke a rule of the layer above, or we did."""
        self.wire.fail(code, reason, now=self.loop.time())
        self.settle()

    def abort(self) -> None:
        """End now, without goodbye.  Nothing more is told but `on_close`, and that at once."""
        self.wire.give_up("cut off by this end", now=self.loop.time())
        self.settle()

    @property
    def subprotocol(self) -> str | None:
        """The one that both ends have agreed on."""
        return self.response.headers.get("sec-websocket-protocol") if self.response else None

    @property
    def latency(self) -> float | None:
        """Seconds between the last ping that was answered and its pong; None before that."""
        return self.wire.pings.latency

    def ended(self) -> ConnectionClosed:
        """The error for whoever comes too late."""
        closed = self.wire.closed
        if closed is None:
            return closing.Closed(
                close_codes.ABNORMAL, "we have said goodbye and wait for an answer"
            )
        error = closing.Closed(closed.code, closed.reason, clean=closed.clean)
        error.__cause__ = closed.__cause__
        return error
