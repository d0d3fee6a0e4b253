"""How many round trips a message takes, counted in a simulation.

Lesson 06.  Builds on: `transports`, `lab.clock`.  Used by: `lab.compare`.

    cold    connect ─ request ─ response              warm    (request held) ─ response
            |-- 1 --|-------- 1 -------|                      |--------- 1/2 ---------|

    moments 0  0.3  2.2    ...until the client has all three, with keep-alive or without

New here: time is divided by the round-trip time; nothing else takes any time in a simulation.
Left out: TLS, whose handshake costs one more round trip, and DNS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

from ...errors import LocalError
from .. import clock, models
from . import measuring
from .transports import Transport, named

RIGHT_BEHIND = 1e-9  # round trips; the second message comes so late that it is one of its own


def round_trips(transport: str | Transport, situation: str, *, rtt: float = 0.1) -> float:
    """Round trips until a client has what the server has for it; see `models.round_trips`.

    LocalError for a situation that is not "cold", "warm" or "burst".
    """
    if situation not in models.SITUATIONS:
        raise LocalError(f"situations are {', '.join(models.SITUATIONS)}: {situation!r}")
    moments = [0.0, RIGHT_BEHIND] if situation == "burst" else [0.0]
    return until_all(transport, moments, connected=situation != "cold", rtt=rtt)


def until_all(
    transport: str | Transport,
    moments: Sequence[float],
    connected: bool = True,
    keep_alive: bool = True,
    *,
    rtt: float = 0.1,
) -> float:
    """Round trips until a client has the messages of these `moments`; see `models.until_all`.

    LocalError for moments that do not rise from 0 on.
    """
    one = named(transport, 1.0) if isinstance(transport, str) else transport
    if rtt <= 0:
        raise LocalError(f"a round trip takes more than no time: {rtt!r}")
    if not moments or moments[0] < 0 or any(a >= b for a, b in pairwise(moments)):
        raise LocalError(f"moments rise, and the first is 0 or later: {list(moments)}")
    due = [moment * rtt for moment in moments]
    took = clock.simulate(_seconds(one, due, connected, keep_alive, 3 * rtt), rtt=rtt)
    return round(took / rtt, 6)


async def _seconds(
    transport: Transport, due: Sequence[float], connected: bool, keep_alive: bool, settle: float
) -> float:
    loop = asyncio.get_running_loop()
    async with transport.server() as server:
        client = transport.client(server.url)
        if not keep_alive and (http := getattr(client, "http", None)):
            http.max_idle = 0
        try:
            asked = None
            if connected:
                server.post("before")
                await client.poll()
                await measuring.ready_to_measure(client)
                asked = asyncio.ensure_future(client.poll())
                await asyncio.sleep(settle)  # the request is at the server, or was answered
            began, missing = loop.time(), len(due)
            for number, moment in enumerate(due):
                loop.call_at(began + moment, server.post, f"message {number}")
            if asked is not None:
                missing -= len(await asked)
            while missing:
                missing -= len(await client.poll())
            return loop.time() - began
        finally:
            await client.__aexit__(None, None, None)
