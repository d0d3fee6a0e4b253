"""How many times a message has to cross the network before it is there.

Lesson 06.  Builds on: nothing.  Used by: `lab.models`.

    client  ──SYN──>  <──SYN ACK──   ──question──>  <──answer──
            |──────── 1 ────────|    |────────── 1 ──────────|       cold: 2

    moments  0   0.3  0.6     of messages       long polling    0 ─> 0.5     gap     1 ─> 1.5

New here: time in units of the network's own.  What is counted here is the same on every link.
Left out: TLS, DNS, and messages of more than TCP sends at once.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def until_all(
    transport: str,
    moments: Sequence[float],
    connected: bool = True,
    keep_alive: bool = True,
    *,
    setup: float = 1.0,
) -> float:
    """Round trips from moment 0 until a client has every message; `compare.until_all` counts them.

    At `moments`, in round trips and rising, the server gets the messages.  Connected, a held
    question is at the server at 0, and one of short polling leaves then; otherwise the client
    begins to connect.  Both polling clients ask again at once; without `keep_alive` each question
    needs a connection of its own, which takes `setup`.
    """
    up = down = 0.5
    if transport == "WebSocket":
        ready = 0.0 if connected else setup + up
        return max(ready, moments[-1]) + down
    again = up if keep_alive else setup + up  # from an answer to the next question's arrival
    holds = transport == "long polling"
    asked = (0.0 if holds else again) if connected else setup + up
    have = 0
    while True:
        answered = max(asked, moments[have]) if holds else asked
        have = sum(moment <= answered for moment in moments)
        if have == len(moments):
            return answered + down
        asked = answered + down + again
