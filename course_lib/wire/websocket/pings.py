"""Ping and pong: the latency to the peer, and whether it is still alive.    RFC 6455 §5.5.2-§5.5.3

Lesson 05.  Builds on: nothing.  Used by: `connection`.

    we    ping 00 00 00 01 ──>                     now - then = latency
    peer               <── pong 00 00 00 01

    ping ──── interval ────> ping ──── interval ────> ping
      └────────── timeout ──────────> nothing was heard: the peer is dead

New here: TCP does not report a peer that has vanished.  Only an unanswered ping shows it.
Any byte that comes shows that the peer is alive, so a peer in the middle of a long message, which
cannot send its pong yet, is not abandoned.
Left out: unsolicited pongs, which are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ...errors import LocalError

MAX_UNANSWERED = 256  # pings; the oldest is forgotten, and a later pong answers it, too


@dataclass(slots=True)
class Pong:
    """The peer answered our ping, after `latency` seconds.  It answers all pings before it, too."""

    payload: bytes
    latency: float
    number: int = field(default=0, compare=False)  # the ping was our first, second, ...


class Pings:
    """Our pings that have no pong yet, and when to send the next.

    Set `alive` whenever bytes come.
    """

    __slots__ = (
        "_asked", "_count", "_next", "_sent", "alive", "interval", "latency", "number", "timeout",
    )  # fmt: skip

    def __init__(
        self, interval: float | None = None, timeout: float | None = None, now: float = 0.0
    ) -> None:
        self.interval, self.timeout = interval, timeout
        self.alive = True  # bytes have come since the last ping went out
        self.latency: float | None = None  # of the last pong, in seconds
        self._next = now + interval if interval is not None else None
        self._asked: float | None = None  # when we sent the ping since which no byte has come
        self._sent: dict[bytes, tuple[float, int]] = {}  # payload -> when, and its number
        self._count = 0  # payloads that `send` has made
        self.number = 0  # pings that we sent

    def send(self, payload: bytes | None, now: float) -> bytes:
        """Note a ping, and return its payload: the given one, or a number."""
        while payload is None:
            self._count += 1
            number = (self._count & 0xFFFFFFFF).to_bytes(4, "big")
            payload = None if number in self._sent else number
        if payload in self._sent:
            raise LocalError(f"a ping with the payload {payload!r} is under way already")
        if len(self._sent) >= MAX_UNANSWERED:
            del self._sent[next(iter(self._sent))]
        self.number += 1
        self._sent[payload] = now, self.number
        return payload

    def receive(self, payload: bytes, now: float) -> Pong | None:
        """The event for a pong; None if it answers no ping of ours."""
        # §5.5.3: "A Pong frame sent in response to a Ping frame must have identical 'Application
        # data' as found in the message body of the Ping frame being replied to."  And the peer
        # "MAY elect to send a Pong frame for only the most recently processed Ping frame".
        if payload not in self._sent:
            return None
        when, number = self._sent[payload]
        self.latency = now - when
        for older in list(self._sent):
            del self._sent[older]
            if older == payload:
                break
        return Pong(payload, self.latency, number)

    def next_deadline(self) -> float | None:
        """When to call `due` next."""
        if self._next is None or self._asked is None or self.timeout is None:
            return self._next
        return min(self._next, self._asked + self.timeout)

    def due(self, now: float) -> str:
        """What is to be done now: "ping", "abandon", or "" for nothing."""
        if self._next is None or self.interval is None:
            return ""
        asked = self._asked = None if self.alive else self._asked
        if asked is not None and self.timeout is not None and now >= asked + self.timeout:
            return "abandon"
        if now < self._next:
            return ""
        self._next = now + self.interval
        if asked is None:  # else the timeout runs from the first unanswered ping
            self._asked, self.alive = now, False
        return "ping"
