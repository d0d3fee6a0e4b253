"""How a WebSocket conversation ends, and how it is seen to be alive.     RFC 6455 §5.5, §7

Lesson 05.  Builds on: `wire.closing`, `wire.pings`, `wire.websocket_sending`.
Used by: `wire.websocket`.

    close(1000) ──> closing ── the peer's Close ──> ending ── TCP ends ──> closed
    any state ── a deadline has passed ──> closed

New here: the state moves through `closing.TABLE` alone, and every wait has an end.
Left out: what comes in; see `wire.websocket`.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import RemoteError
from . import close_codes, closing, pings, websocket_sending
from .closing import CLOSED, CLOSING, ENDING, OPEN, Closed
from .deflate import Deflater
from .messages import Message
from .pings import Pong

Event = Message | Pong | Closed


class Ending(websocket_sending.Sender):
    """The goodbye and the deadlines of one end."""

    __slots__ = ("_events", "_since", "close_timeout", "closed", "pings")

    def __init__(
        self,
        keys: Callable[[], bytes] | None,
        deflater: Deflater | None,
        now: float,
        close_timeout: float,
        ping_interval: float | None,
        ping_timeout: float | None,
    ) -> None:
        super().__init__(keys, deflater)
        self.close_timeout = close_timeout
        self.closed: Closed | None = None  # how it ended, once it has
        self.pings = pings.Pings(ping_interval, ping_timeout, now)
        self._events: list[Event] = []
        self._since = now  # when the present wait of the goodbye began

    @property
    def should_close(self) -> bool:
        """Write what `data_to_send` still has, then close: it is for us to end TCP.

        §7.1.1: "the underlying TCP connection, in most normal cases, SHOULD be closed first by the
        server", so a client waits a while for that.
        """
        return self.state == CLOSED or (self.state == ENDING and not self.is_client)

    def close(self, code: int | None = 1000, reason: str = "", *, now: float) -> None:
        """Say goodbye.  The peer's answer ends the conversation.  A second call changes nothing."""
        payload = closing.encode(code, reason)
        if self.state == OPEN:
            self._close(payload)
            self._move("we close")
            self._since = now

    def fail(self, code: int, reason: str, *, now: float) -> None:
        """End at once: the peer did what it must not do."""
        if self.state in (OPEN, CLOSING):
            self._fail(RemoteError(reason, code), now)

    def receive_eof(self, now: float) -> None:
        """The peer will send no more."""
        if self.state != CLOSED:
            self._move("TCP ends")
            self._end(Closed(close_codes.ABNORMAL, "TCP ended without a Close frame"), now)

    def _forget(self) -> None:
        """Drop what has come of a message."""
        raise NotImplementedError

    def _fail(self, error: RemoteError, now: float) -> None:
        # §7.1.7: "If _The WebSocket Connection is Established_ prior to the point where the
        # endpoint is required to _Fail the WebSocket Connection_, the endpoint SHOULD send a Close
        # frame with an appropriate status code".
        reason = closing.shortened(str(error))
        if self.state == OPEN:
            self._close(closing.encode(error.code, reason))
        self._move("peer breaks the rules")
        closed = Closed(error.code, reason)
        closed.__cause__ = error
        self._end(closed, now)

    def _end(self, closed: Closed, now: float) -> None:
        self._since = now
        self._forget()
        if self.closed is None:
            self.closed = closed
            self._events.append(closed)

    # Time.

    def ping(self, payload: bytes | None = None, *, now: float) -> bytes:
        """Ask the peer for a sign of life.  Returns the payload that its Pong event will have."""
        if self.state != OPEN:
            raise self._refusal()
        payload = self.pings.send(payload, now)
        self._ping(payload)
        return payload

    def next_deadline(self) -> float | None:
        """When to call `tick` next.  Ask again when the state has changed, and after `tick`."""
        if self.state == OPEN:
            return self.pings.next_deadline()
        return None if self.state == CLOSED else self._since + self.close_timeout

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self.state == OPEN:
            due = self.pings.due(now)
            if due == "ping":
                self._ping(self.pings.send(None, now))
            elif due:
                self.give_up(f"nothing came for {self.pings.timeout:g} s after a ping", now=now)
        elif self.state != CLOSED and now >= self._since + self.close_timeout:
            self.give_up(f"no answer to Close for {self.close_timeout:g} s", now=now)

    def give_up(self, reason: str, *, now: float) -> None:
        """End without goodbye: the peer would not hear it."""
        if self.state != CLOSED:
            self._move("too late")
            self._end(Closed(close_codes.ABNORMAL, reason), now)
