"""How many times a message has to cross the network before it is there.

Lesson 06.  Builds on: nothing.  Used by: `lab.models`.

    client  ──SYN──>  <──SYN ACK──   ──question──>  <──answer──
            |──────── 1 ────────|    |────────── 1 ──────────|       cold: 2

New here: time in units of the network's own.  What is counted here is the same on every link.
Left out: TLS, DNS, and messages of more than TCP sends at once.
"""

from __future__ import annotations

from ...errors import LocalError

SITUATIONS = ("cold", "warm", "burst")
ROUND_TRIPS = {
    # TCP is a round trip.  Then the question goes there and the answer comes back; for WebSocket
    # that is GET and 101, and the message stands right behind it.
    ("short polling", "cold"): 1 + 1,
    ("long polling", "cold"): 1 + 1,
    ("WebSocket", "cold"): 1 + 1,
    # The way back is half a round trip.  Only short polling still has to ask.
    ("short polling", "warm"): 1 / 2 + 1 / 2,
    ("long polling", "warm"): 1 / 2,
    ("WebSocket", "warm"): 1 / 2,
    # The first of two takes the held question along; the second waits for the next one.
    ("short polling", "burst"): 1 / 2 + 1 / 2,
    ("long polling", "burst"): 1 / 2 + 1 / 2 + 1 / 2,
    ("WebSocket", "burst"): 1 / 2,
}


def round_trips(transport: str, situation: str) -> float:
    """Round trips until a client has what the server has for it.

    cold   a message is there; the client, who has no connection, comes for it
    warm   the client is connected and has all; now a message comes
    burst  the same with two messages, the second right behind the first: until it has both

    A short polling client is one whose next question is due at that moment; the wait for it is
    the interval's, not the network's.  `compare.round_trips` counts the same in a simulation.
    """
    try:
        return ROUND_TRIPS[transport, situation]
    except KeyError:
        names = ", ".join(dict.fromkeys(name for name, _ in ROUND_TRIPS))
        raise LocalError(
            f"transports are {names}, situations {', '.join(SITUATIONS)}: "
            f"{transport!r}, {situation!r}"
        ) from None
