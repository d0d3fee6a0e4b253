"""Any conversation, on a virtual network: nothing hangs, nothing is out of order, nothing is left.

Writers, messages in parts, pings, slow readers, pauses, compression, small queues and every way to
end, drawn from a seed.  On a virtual clock the same seed gives the same conversation.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from course_lib.errors import ConnectionClosed
from course_lib.lab import clock
from course_lib.net import ws

SIZES = (0, 1, 10, 1000, 100_000, 300_000)


class End:
    """One end of a conversation, with what it sent and heard."""

    def __init__(self, connection: ws.Connection, draw: random.Random) -> None:
        self.connection, self.draw = connection, draw
        self.heard: list[tuple[str, ...]] = []

    async def write(self, writer: int) -> None:
        draw, connection = self.draw, self.connection
        for number in range(draw.randint(1, 20)):
            text = f"{writer}:{number}:" + "x" * draw.choice(SIZES)
            half = draw.randint(0, len(text))
            await connection.send(text if draw.random() < 0.8 else [text[:half], text[half:]])
            if draw.random() < 0.3:
                await asyncio.sleep(draw.random())
            if draw.random() < 0.1:
                assert await connection.ping() > 0.0999

    async def read(self) -> None:
        draw, connection = self.draw, self.connection
        async for message in connection:
            assert isinstance(message, str)
            self.heard.append(tuple(message.split(":")[:2]))
            if draw.random() < 0.1:
                await asyncio.sleep(3 * draw.random())
            if draw.random() < 0.05:
                connection.pause()
                connection.loop.call_later(draw.random(), connection.resume)

    async def live(self) -> None:
        """Talk, end it in some way at some time, and wait until everybody has noticed."""
        draw, connection = self.draw, self.connection
        tasks = [asyncio.create_task(self.write(n)) for n in range(draw.randint(1, 4))]
        tasks.append(asyncio.create_task(self.read()))
        await asyncio.wait(tasks[:-1], timeout=draw.choice([draw.random() * 5, 60]))
        how = draw.choice(["close", "abort", "fail", "finish"])
        if how == "close":
            await connection.close(4000)
        elif how == "abort":
            connection.abort()
        elif how == "fail":
            connection.fail(1008, "no")
        else:
            connection.start_close(4001)
        async with asyncio.timeout(100):
            ends = await asyncio.gather(*tasks, connection.wait_closed(), return_exceptions=True)
        assert all(end is None or isinstance(end, ConnectionClosed) for end in ends), ends


async def conversation(seed: int) -> Any:
    draw = random.Random(seed)
    limits: Any = {
        "max_queued": draw.choice([10, 1000, 262_144]),
        "ping_interval": draw.choice([None, 1, 25]),
        "close_timeout": 5,
        "compression": draw.random() < 0.3 and ws.Settings(threshold=100),
    }
    ends: list[End] = []

    async def handler(connection: ws.Connection) -> None:
        ends.append(End(connection, random.Random(draw.random())))
        await ends[-1].live()

    async with ws.serve(handler, **limits) as server:
        await handler(await ws.connect(server.url, **limits))
    await asyncio.sleep(1)
    assert len(asyncio.all_tasks()) == 1
    assert len(ends) == 2
    for end in ends:
        for writer in {writer for writer, _ in end.heard}:
            numbers = [int(number) for by, number in end.heard if by == writer]
            assert numbers == list(range(len(numbers)))
    return [(len(end.heard), end.connection.close_code) for end in ends]


@pytest.mark.parametrize("seed", range(40))
def test_any_conversation_keeps_its_order_and_ends(seed):
    """Each writer's messages come in order and without a gap; the second run is like the first."""
    first = clock.simulate(conversation(seed), rtt=0.1)
    assert clock.simulate(conversation(seed), rtt=0.1) == first
