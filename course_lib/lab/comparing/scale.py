"""What ten thousand clients would cost, from arithmetic alone.

Lesson 06.  Builds on: `lab.models`, `sizes`.  Used by: `lab.compare`, and as `models.at_scale`.

    clients * (requests * (question + empty answer)  +  messages * their bytes)

New here: a simulation of ten thousand clients takes minutes; a sum takes none, and a test holds it
against the simulation of two hundred.
Left out: memory, processor time, and the server's patience.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import LocalError
from .. import models
from . import sizes

PING_EVERY = 25.0  # seconds; `net.ws_terms`
WARM_UP = 0.05  # seconds; the connections are there so long before the run's zero, and 3 RTT


@dataclass(slots=True)
class Scale:
    """All clients together, over the whole time."""

    transport: str
    clients: int
    duration: float
    messages: float  # that the server was given
    deliveries: float
    requests: float
    bytes_up: float
    bytes_down: float
    connections: int

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.duration

    @property
    def bytes_per_second(self) -> float:
        return (self.bytes_up + self.bytes_down) / self.duration

    @property
    def bytes_per_message(self) -> float:
        """For each delivery, both directions."""
        if self.deliveries:
            return (self.bytes_up + self.bytes_down) / self.deliveries
        return math.inf


def at_scale(
    transport: str,
    clients: int,
    rate: float,
    duration: float,
    *,
    interval: float = 1.0,
    hold: float = 25.0,
    size: int = 32,
    rtt: float = 0.05,
) -> Scale:
    """Requests, bytes and messages for `clients` who all read `rate` messages a second.

    `transport` is "short polling", "long polling" or "WebSocket"; seconds and bytes.
    """
    if clients < 1 or not duration > 0:
        raise LocalError(f"one client or more, for a time: {clients!r}, {duration!r}")
    messages = rate * duration
    cursor = max(1, round(messages / 2))
    if transport == "WebSocket":
        up, down = sizes.opening()
        pings = duration // PING_EVERY
        alive = sizes.keep_alive()
        one = up + pings * alive[0], down + pings * alive[1] + messages * sizes.frame(size, cursor)
        requests = 1.0
    elif transport in ("short polling", "long polling"):
        model = (
            models.short_polling(interval, rtt, rate)
            if transport == "short polling"
            else models.long_polling(rtt, rate, hold)
        )
        of = sizes.polling(size, cursor)
        requests = 1 + (duration + WARM_UP + 3 * rtt) * model.requests_per_second
        full = requests * (1 - model.empty_share)  # answers that have a message
        full = min(full, messages)
        news = full * of.first + (messages - full) * of.more
        one = requests * of.up, requests * of.empty + news
    else:
        names = "short polling, long polling and WebSocket"
        raise LocalError(f"{names} are known at scale, and not {transport!r}")
    return Scale(
        transport,
        clients,
        duration,
        messages,
        messages * clients,
        requests * clients,
        one[0] * clients,
        one[1] * clients,
        clients,
    )
