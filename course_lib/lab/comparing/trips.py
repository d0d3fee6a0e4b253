"""How many round trips a message takes, counted in a simulation.

Lesson 06.  Builds on: `transports`, `lab.clock`.  Used by: `lab.compare`.

    cold    connect ─ ask ─ answer                    warm    (asked before) ─ answer
            |-- 1 --|----- 1 -----|                           |---- 1/2 ----|

New here: time divided by the round-trip time; nothing else takes any time in a simulation.
Left out: TLS, which costs one more when it is new, and DNS.
"""

from __future__ import annotations

import asyncio

from ...errors import LocalError
from .. import clock, models
from .transports import ChatClient, Transport, named

TURNS = 50  # of the loop, in which no time passes: enough for a server to answer


def round_trips(transport: str | Transport, situation: str, *, rtt: float = 0.1) -> float:
    """Round trips until a client has what the server has for it; see `models.round_trips`.

    LocalError for a situation that is not "cold", "warm" or "burst".
    """
    one = named(transport, 1.0) if isinstance(transport, str) else transport
    if situation not in models.SITUATIONS:
        raise LocalError(f"situations are {', '.join(models.SITUATIONS)}: {situation!r}")
    if rtt <= 0:
        raise LocalError(f"a round trip takes more than no time: {rtt!r}")
    return round(clock.simulate(_seconds(one, situation, rtt), rtt=rtt) / rtt, 6)


async def _seconds(transport: Transport, situation: str, rtt: float) -> float:
    loop = asyncio.get_running_loop()
    async with transport.server() as server:
        server.post("before")
        client = transport.client(server.url)
        try:
            began = loop.time()
            await client.poll()
            if situation != "cold":
                began = await _while_connected(server.post, client, situation, rtt)
            return loop.time() - began
        finally:
            await client.__aexit__(None, None, None)


async def _while_connected(post: object, client: ChatClient, situation: str, rtt: float) -> float:
    """Post when the client is ready, and return the moment of that when it has everything."""
    assert callable(post)
    loop = asyncio.get_running_loop()
    asked = asyncio.ensure_future(client.poll())
    await asyncio.sleep(3 * rtt)  # its question is at the server, or was answered long ago
    began, texts = loop.time(), ["after"]
    post(texts[0])
    if situation == "burst":
        for _ in range(TURNS):
            await asyncio.sleep(0)
        texts.append("and another")
        post(texts[1])
    missing = len(texts) - len(await asked)
    while missing:
        missing -= len(await client.poll())
    return began
