"""How a server ends a connection without losing its last response.          RFC 9112 §9.6

    response, then close()        bytes that we have not read turn our close into a reset (RST), and
                                  a reset destroys the response on its way
    response, FIN, read and drop  the peer reads the response, sees the end and closes: linger

Lesson 01.  Builds on: asyncio.  Used by: net.http_serving, net.ws_link.
New here: the three waits of a connection (for a request, for a slow reader, for the peer's FIN)
share one timer, which is moved only when it fires or when a nearer deadline appears.
Left out: lingering under TLS, which has no half-close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LINGER_BYTES = 16 * 1024 * 1024  # what a refused peer may still send before we abort
SLACK = 0.001  # seconds by which a timer may fire early


class LingeringClose(asyncio.Protocol):
    """Closes a connection with a lingering close; one timer serves all of its deadlines."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop

    def __init__(self, stall_timeout: float, linger: float) -> None:
        self.hanging_up = self.detached = self.writing_paused = False
        self.stall_timeout = stall_timeout
        self._linger = linger
        self._stalled_at = self._linger_until = 0.0
        self._unsent_then = self._discarded = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self.on_lost: Callable[[LingeringClose], object] | None = None  # called when TCP has ended

    # Each subclass has a deadline of its own.

    def deadline(self) -> float | None:
        """When the peer's present step times out; None if it has no limit."""
        raise NotImplementedError

    def expired(self, now: float) -> None:
        """Called when the deadline has passed."""
        raise NotImplementedError

    # The timer.

    def watch(self) -> None:
        """Make sure that the timer fires no later than the nearest deadline."""
        due = self.due()
        if due is None or (self._timer is not None and self._timer_at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = self.loop.call_at(due, self._fire)

    def due(self) -> float | None:
        """When the timer must fire: the end of the present wait, whichever of the three it is."""
        if self.hanging_up and not self.unsent:
            return self._linger_until
        if self.hanging_up or self.writing_paused:
            return self._stalled_at + self.stall_timeout
        return self.deadline()

    def _fire(self) -> None:
        self._timer = None
        due, now = self.due(), self.loop.time()
        if due is not None and due <= now + SLACK:
            if self.hanging_up and not self.unsent:
                self.transport.abort()
                return
            if not self.hanging_up and not self.writing_paused:
                self.expired(max(now, due))
            elif self.unsent < self._unsent_then:  # the peer is slow, but it reads
                self._stalled_at, self._unsent_then = now, self.unsent
            else:
                self.transport.abort()
                return
        if not self.detached:
            self.watch()

    # The end.

    @property
    def ending(self) -> bool:
        """Whether no more than the end is still to come, and has a deadline."""
        return self.hanging_up

    @property
    def unsent(self) -> int:
        """Bytes in the write buffer, which the system has not taken yet."""
        return self.transport.get_write_buffer_size()

    def hang_up(self, *, linger: bool) -> None:
        """Write nothing more, and close when everything has been sent.

        With `linger` the peer may still be sending: send FIN, then read and drop what it sends,
        until it closes or the linger time has passed.  TLS has no half-close: its close_notify
        takes the place of our FIN, and says that the response is whole.
        """
        if self.hanging_up:
            return
        self.hanging_up = True
        linger = linger and self.transport.get_extra_info("sslcontext") is None
        now = self.loop.time()
        self._stalled_at, self._unsent_then = now, self.unsent
        self._linger_until = now + self._linger
        if self.transport.is_closing():
            return  # a second close() breaks a TLS transport
        if not linger:
            self.transport.close()
        elif self.unsent:
            self.transport.set_write_buffer_limits(high=0)  # resume_writing is called when empty
        else:
            self._half_close()
        if linger:
            self.transport.resume_reading()
        self.watch()

    def _half_close(self) -> None:
        if self.transport.is_closing():
            return
        self._linger_until = self.loop.time() + self._linger
        if self.transport.can_write_eof():
            try:
                self.transport.write_eof()
            except OSError:  # the peer has just reset the connection
                self.transport.abort()
        self.watch()

    def discard(self, count: int) -> None:
        """Count bytes that the peer sends after the end; abort when they are too many."""
        self._discarded += count
        if self._discarded > LINGER_BYTES:
            self.transport.abort()

    def detach(self) -> None:
        """Stop the timer: another protocol owns the transport from now on."""
        self.detached = True
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # asyncio calls these.

    def pause_writing(self) -> None:
        self.writing_paused = True
        self._stalled_at, self._unsent_then = self.loop.time(), self.unsent
        self.watch()

    def resume_writing(self) -> None:
        self.writing_paused = False
        if self.hanging_up:
            # Not inside asyncio's write callback, which would shut down this direction twice.
            self.loop.call_soon(self._half_close)

    def connection_lost(self, error: Exception | None) -> None:
        self.hanging_up = True
        self._stop_timer()
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            on_lost(self)
