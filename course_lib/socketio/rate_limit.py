"""A rate limit: how many events a client may send.

    socket.use(rate_limit(10, burst=20))             20 at once, and 10 more each second
    limit = rate_limit(10, burst=20, by=lambda socket: socket.handshake.address)
    socket.use(limit)                                one bucket for all sockets of an address

    tokens  20 ──take──> 19 ──take──> 18 ... 0 ──take──> refused
                +10 each second, up to 20

An event over the limit is refused as by each middleware: listeners of "error" hear `RateLimited`,
and it is not answered.

Lesson 12.  Builds on: `endpoint`.  Used by: applications.
New here: a bucket has no timer.  What has come in meanwhile is computed at the next `take`.
Left out: limits that several processes share.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Hashable
from typing import Any

from ..errors import LocalError
from .endpoint import Middleware

By = Callable[[Any], Hashable]


class RateLimited(Exception):
    """A client has sent more events than it may."""


class Bucket:
    """A token bucket: full at first."""

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate, self.burst = rate, burst
        self._tokens, self._at = burst, now

    def take(self, now: float) -> bool:
        """Take a token, if there is one.  A clock that goes back brings none."""
        if now > self._at:
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def is_full(self, now: float) -> bool:
        """Whether a new one would be the same."""
        return self._tokens + (now - self._at) * self.rate >= self.burst


class Admission:
    """A bucket for each client, while it is not full again."""

    def __init__(self, rate: float, burst: float, max_clients: int = 100_000) -> None:
        self.rate, self.burst, self.max_clients = rate, burst, max_clients
        self._buckets: dict[Hashable, Bucket] = {}  # whoever has asked longest ago is the first

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, client: Hashable, now: float) -> bool:
        """Whether this client may send one more."""
        buckets = self._buckets
        bucket = buckets.pop(client, None)
        # Each call brings one bucket at most and takes two away: those of the past do not stay.
        for _ in range(2):
            oldest = next(iter(buckets), None)
            if oldest is None:
                break
            if len(buckets) >= self.max_clients or buckets[oldest].is_full(now):
                del buckets[oldest]
        if bucket is None:
            bucket = Bucket(self.rate, self.burst, now)
        buckets[client] = bucket
        return bucket.take(now)


class RateLimit:
    """What `rate_limit` returns.  `socket.use` asks it for the middleware of its socket."""

    def __init__(self, admission: Admission, by: By | None, disconnect: bool) -> None:
        self.admission = admission
        self._by, self._disconnect = by, disconnect

    def bound(self, socket: Any) -> Middleware:
        """The middleware of this socket."""
        limit = self.admission
        loop = asyncio.get_running_loop()
        now = loop.time
        bucket = Bucket(limit.rate, limit.burst, now()) if self._by is None else None
        told = False

        def middleware(data: list[Any]) -> None:
            nonlocal told
            if bucket is not None:
                admitted = bucket.take(now())
            else:
                admitted = limit.admit(self._key(socket), now())
            if admitted:
                told = False
                return
            if self._disconnect:
                loop.call_soon(socket.disconnect, True)  # after "error", which needs its listeners
            if told and not socket.has_listeners("error"):
                data.clear()  # refused, and the log has a line of it already
                return
            told = True
            raise RateLimited(f"{data[0]!r}: more than {limit.rate:g} events a second")

        return middleware

    def _key(self, socket: Any) -> Hashable:
        assert self._by is not None
        key = self._by(socket)
        try:
            hash(key)
        except TypeError:
            raise LocalError(f"rate_limit: by= gave {key!r}, which cannot be a key") from None
        return key


def rate_limit(
    rate: float,
    burst: float | None = None,
    *,
    by: By | None = None,
    disconnect: bool = False,
    max_clients: int = 100_000,
) -> RateLimit:
    """A middleware for `socket.use`: `rate` events a second, and up to `burst` at once.

    Without `burst`: as many as in a second, and at least one.  Without `by`, each socket has a
    bucket; with it, all for which `by(socket)` is the same.  `disconnect`: end the connection of
    whoever sends more.  LocalError for what is no limit.
    """
    _check("rate", rate, 0)
    if burst is None:
        burst = max(1.0, rate)
    _check("burst", burst, 1)
    if by is not None and not callable(by):
        raise LocalError(f"by={by!r}: a function of the socket")
    if type(max_clients) is not int or max_clients < 1:
        raise LocalError(f"max_clients={max_clients!r}: an int, and at least 1")
    return RateLimit(Admission(rate, burst, max_clients), by, disconnect)


def _check(name: str, value: Any, least: float) -> None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or value < least
        or value <= 0
    ):
        range = "at least 1" if least else "more than 0"
        raise LocalError(f"{name}={value!r}: a number, and {range}")
