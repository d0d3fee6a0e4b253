"""socketio.backlog: what waits for a client that reads too slowly; `buffered` counts it."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import clock
from course_lib.socketio import Client, Server, Socket

LIMIT = 200_000
SYSTEM = 16_384
SIZE = 4000
NUMBERS = range(200)


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest"])
def test_buffered_counts_the_backlog(overflow: str) -> None:
    """It falls by what the client takes, and some events are dropped, of the kind that is named."""

    async def story() -> tuple[int, int, list[int]]:
        io, held, heard = Server(max_unsent=LIMIT, overflow=overflow), list[int](), list[int]()

        @io.on("connection")
        def connected(socket: Socket) -> None:
            for number in NUMBERS:
                socket.emit("number", number, "x" * SIZE)
            held.append(socket.buffered)

            async def later() -> None:
                await asyncio.sleep(100)
                held.append(socket.buffered)

            socket.on("wait", later)

        async with io.listen() as address:
            client = Client(address.url, transports=["websocket"])
            client.on("number", lambda number, _: heard.append(number))
            async with client:
                await client.emit_with_ack("wait")
        return held[0], held[1], heard

    full, empty, heard = clock.simulate(story, bandwidth=20_000, rtt=0.1, limit=SYSTEM)
    assert SIZE * len(heard) - SYSTEM <= full, "all that will come, but for what the system has"
    assert empty == 0
    assert heard[0] == 0, "what the session has taken is not dropped"
    assert heard == sorted(heard)
    assert len(heard) < len(NUMBERS)
    assert (heard[-1] == NUMBERS[-1]) == (overflow == "drop_oldest")
