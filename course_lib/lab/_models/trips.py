"""How many times a message has to cross the network before the client has it.

Lessons 06 and 09.  Builds on: nothing.  Used by: `lab.models`.

    client  ──SYN──>  <──SYN ACK──   ──request──>  <──response──
            |──────── 1 ────────|    |────────── 1 ───────────|      cold: 2

    moments  0   0.3  0.6     of messages       long polling    0 ─> 0.5     gap     1 ─> 1.5

New here: the unit of time is the round-trip time, so that the count is the same on every link.
Left out: TLS, DNS, and messages of more than TCP sends at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import LocalError

SITUATIONS = ("cold", "warm", "burst")
ROUND_TRIPS = {
    # TCP's handshake is a round trip.  Request and response are another; for WebSocket these are
    # GET and 101, and the message comes right after the 101.
    ("short polling", "cold"): 1 + 1,
    ("long polling", "cold"): 1 + 1,
    ("WebSocket", "cold"): 1 + 1,
    # The way to the client is half a round trip.  Only short polling has to send a request first.
    ("short polling", "warm"): 1 / 2 + 1 / 2,
    ("long polling", "warm"): 1 / 2,
    ("WebSocket", "warm"): 1 / 2,
    # The first message takes the held request; the second has to wait for the next request.
    ("short polling", "burst"): 1 / 2 + 1 / 2,
    ("long polling", "burst"): 1 / 2 + 1 / 2 + 1 / 2,
    ("WebSocket", "burst"): 1 / 2,
    # Engine.IO as what carries it: the first messages come with the handshake, the second ones of
    # a burst as by long polling.  "Upgraded" is warm when it has changed to WebSocket.
    ("Engine.IO, polling", "cold"): 1 + 1,
    ("Engine.IO, WebSocket", "cold"): 1 + 1,
    ("Engine.IO, upgraded", "cold"): 1 + 1,
    ("Engine.IO, polling", "warm"): 1 / 2,
    ("Engine.IO, WebSocket", "warm"): 1 / 2,
    ("Engine.IO, upgraded", "warm"): 1 / 2,
    ("Engine.IO, polling", "burst"): 1 / 2 + 1 / 2 + 1 / 2,
    ("Engine.IO, WebSocket", "burst"): 1 / 2,
    ("Engine.IO, upgraded", "burst"): 1 / 2,
    # Socket.IO asks to be let in, which is a round trip more; by polling the POST that asks needs
    # a connection of its own.
    ("Socket.IO, polling", "cold"): 1 + 1 + 1 + 1,
    ("Socket.IO, WebSocket", "cold"): 1 + 1 + 1,
    ("Socket.IO, upgraded", "cold"): 1 + 1 + 1 + 1,
    ("Socket.IO, polling", "warm"): 1 / 2,
    ("Socket.IO, WebSocket", "warm"): 1 / 2,
    ("Socket.IO, upgraded", "warm"): 1 / 2,
    ("Socket.IO, polling", "burst"): 1 / 2 + 1 / 2 + 1 / 2,
    ("Socket.IO, WebSocket", "burst"): 1 / 2,
    ("Socket.IO, upgraded", "burst"): 1 / 2,
}


def round_trips(transport: str, situation: str) -> float:
    """Round trips until a client has what the server has for it.

    cold   the server has a message; the client has no connection yet, and comes for it
    warm   the client is connected and has all messages; now a new one comes
    burst  the same with two messages, the second right after the first: until it has both

    A short polling client has its next request due at that moment: the wait until then comes from
    the interval, not from the network.  `compare.round_trips` counts the same in a simulation.
    """
    try:
        return ROUND_TRIPS[transport, situation]
    except KeyError:
        names = ", ".join(dict.fromkeys(name for name, _ in ROUND_TRIPS))
        raise LocalError(
            f"transports are {names}, situations {', '.join(SITUATIONS)}: "
            f"{transport!r}, {situation!r}"
        ) from None


def until_all(
    transport: str,
    moments: Sequence[float],
    connected: bool = True,
    keep_alive: bool = True,
    *,
    setup: float = 1.0,
) -> float:
    """Round trips from moment 0 until a client has every message; `compare.until_all` counts them.

    The server gets the messages at `moments`, in round trips and rising.  If `connected`, a long
    polling request is held at the server at 0, and a short polling request leaves at 0; otherwise
    the client begins to connect at 0.  Both polling clients send the next request at once; without
    `keep_alive` each request needs a connection of its own, which takes `setup`.
    """
    up = down = 0.5
    if transport == "WebSocket":
        ready = 0.0 if connected else setup + up
        return max(ready, moments[-1]) + down
    again = up if keep_alive else setup + up  # from a response to the next request's arrival
    holds = transport == "long polling"
    asked = (0.0 if holds else again) if connected else setup + up
    have = 0
    while True:
        answered = max(asked, moments[have]) if holds else asked
        have = sum(moment <= answered for moment in moments)
        if have == len(moments):
            return answered + down
        asked = answered + down + again
