"""What ten thousand clients would cost, from arithmetic alone.

Lessons 06, 08 and 09.  Builds on: `latency`, `sizes`, `engineio_sizes`, `socketio_sizes`.  Used by:
`lab.models`.

    clients * (requests * (request + empty response)  +  messages * their bytes)

New here: a simulation of ten thousand clients takes minutes, this sum takes no time; a test
compares it with the simulation of two hundred clients.
Left out: memory, processor time, and the server's time-outs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import LocalError
from . import engineio_sizes, latency, sizes, socketio_sizes

PING_EVERY = 25.0  # seconds; `net.ws_options`
ON_ENGINEIO = {"Engine.IO": engineio_sizes.CHAT, "Socket.IO": socketio_sizes.CHAT}
WARM_UP = 0.05  # seconds; connections are open this long and 3 RTT before the run's zero


@dataclass(slots=True)
class Scale:
    """What all clients together cost, over the whole `duration`."""

    transport: str
    clients: int
    duration: float
    messages: float  # that the server was given
    deliveries: float
    requests: float
    bytes_up: float
    bytes_down: float
    connections: int

    def times(self, clients: int) -> Scale:
        """The same for `clients` times as many clients, who all get the same messages."""
        return Scale(
            self.transport,
            self.clients * clients,
            self.duration,
            self.messages,
            self.deliveries * clients,
            self.requests * clients,
            self.bytes_up * clients,
            self.bytes_down * clients,
            self.connections * clients,
        )

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.duration

    @property
    def bytes_per_second(self) -> float:
        return (self.bytes_up + self.bytes_down) / self.duration

    @property
    def bytes_per_message(self) -> float:
        """The bytes of both directions for each delivery."""
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
    """Requests, bytes and messages for `clients` that all read `rate` messages a second.

    `transport` is "short polling", "long polling" or "WebSocket", or "Engine.IO, polling",
    "Engine.IO, WebSocket" or "Engine.IO, upgraded", or one of these three of Socket.IO; seconds
    and bytes.
    """
    if clients < 1 or not duration > 0:
        raise LocalError(f"one client or more, for a time: {clients!r}, {duration!r}")
    messages = rate * duration
    cursor = max(1, round(messages / 2))
    connections = 1
    layer, _, way = transport.partition(", ")
    if layer in ON_ENGINEIO and way in engineio_sizes.WAYS:
        requests, up, down, connections = engineio_sizes.costs(
            way, messages, duration, size, cursor, rtt, ON_ENGINEIO[layer]
        )
    elif transport == "WebSocket":
        requests, up, down = _pushed(messages, duration, size, cursor)
    elif transport in ("short polling", "long polling"):
        short = transport == "short polling"
        model = latency.short_polling(interval, rtt, rate) if short else None
        model = model or latency.long_polling(rtt, rate, hold)
        # The client sends its first request before the run's zero.
        requests = 1 + (duration + WARM_UP + 3 * rtt) * model.requests_per_second
        answers = requests if short else requests - 1  # the server still holds the last request
        full = min(answers * (1 - model.empty_share), messages)
        each = sizes.polling(size, cursor)
        up = requests * each.up
        down = answers * each.empty + full * each.first + (messages - full) * each.more
    else:
        names = "short polling, long polling, WebSocket, the three of Engine.IO and of Socket.IO"
        raise LocalError(f"{names} are known at scale, and not {transport!r}")
    one = Scale(transport, 1, duration, messages, messages, requests, up, down, connections)
    return one.times(clients)


def _pushed(messages: float, duration: float, size: int, cursor: int) -> tuple[float, float, float]:
    """Requests, bytes up and down: a handshake, a frame for each message, pings and pongs."""
    up, down = sizes.opening()
    alive = sizes.keep_alive()
    pings = duration // PING_EVERY
    return 1, up + pings * alive[0], down + pings * alive[1] + messages * sizes.frame(size, cursor)
