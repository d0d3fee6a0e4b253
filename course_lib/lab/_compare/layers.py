"""What each layer adds to a message: bytes, processor time, and what comes before the first one.

Lesson 09.  Builds on: `measuring`, `transports`, `trips`, `lab.clock`.  Used by: `lab.compare`;
`figures.plot_layers` draws it.

    WebSocket                 79 B a message     2 round trips before the first
    Engine.IO, WebSocket      80 B  + 1          2
    Socket.IO, WebSocket      85 B  + 6          3       40 and its answer

New here: bytes without the beginning of the connection, which the other comparison shares among the
messages; and microseconds.  These are measured on real sockets, message after message in turns, so
that a busy moment of the computer falls on all layers alike: the median of the rounds counts.
Left out: messages to the server; features, which are what a layer is for.  Socket.IO writes JSON
without spaces, which the other chats do not: that saves five of the eleven bytes that it adds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from ...errors import LocalError
from .. import clock
from . import measuring
from .settings import Settings
from .transports import ChatClient, ChatServer, Transport, named
from .trips import round_trips

PLAIN = "WebSocket"
WAYS = ("WebSocket", "upgraded", "polling")
LAYERS = (PLAIN, *(f"{layer}, {way}" for way in WAYS for layer in ("Engine.IO", "Socket.IO")))
IN_A_ROUND = 100  # messages; a round takes 10 to 50 ms
SECONDS = 20.0  # of the simulation: no ping falls into it


@dataclass(slots=True)
class Cost:
    """What one transport takes.  Bytes of both directions; seconds; `cpu` is a round's each.

    `setup_bytes` and `setup_trips` are spent before the first message.
    """

    transport: str
    bytes_per_message: float
    requests_per_message: float
    median: float
    setup_bytes: int
    setup_trips: float
    cpu: list[float] = field(default_factory=list, compare=False)

    @property
    def microseconds(self) -> float | None:
        """Processor time for a message, at both ends; None where it was not measured."""
        return statistics.median(self.cpu) * 1e6 if self.cpu else None


@dataclass(slots=True)
class Layers:
    """The transports beside each other, of which one is what the others are measured against."""

    costs: list[Cost]
    size: int  # bytes of the message itself

    @property
    def plain(self) -> Cost | None:
        """WebSocket alone, if it is among them."""
        return next((one for one in self.costs if one.transport == PLAIN), None)

    def table(self) -> list[dict[str, Any]]:
        """A row for each; what it adds to WebSocket alone is None without that."""
        rows = []
        for one in self.costs:
            row = {
                "transport": one.transport,
                "bytes_per_message": one.bytes_per_message,
                "added_bytes": None,
                "cpu_us_per_message": one.microseconds,
                "added_us": None,
                "requests_per_message": one.requests_per_message,
                "median_s": one.median,
                "setup_bytes": one.setup_bytes,
                "setup_trips": one.setup_trips,
            }
            if (plain := self.plain) is not None:
                row["added_bytes"] = one.bytes_per_message - plain.bytes_per_message
                if one.microseconds is not None and plain.microseconds is not None:
                    row["added_us"] = one.microseconds - plain.microseconds
            rows.append(row)
        return rows


async def layers(
    transports: Sequence[str] | None = None,
    *,
    size: int = 32,
    rate: float = 1.0,
    rtt: float = 0.05,
    rounds: int = 7,
    seed: int = 1,
) -> Layers:
    """What each transport takes for a message of `size` bytes (None: those of `LAYERS`).

    Bytes, requests and latency are those of a simulation with `rate` and `rtt`, as in `compare`.
    Processor time is measured on real sockets in so many `rounds`; with 0 it is not, and the
    result is always the same.
    """
    if rounds < 0:
        raise LocalError(f"rounds are 0 or more: {rounds!r}")
    settings = Settings(rate=rate, size=size, rtt=rtt, duration=SECONDS, seed=seed)
    chosen = [named(name, settings.interval) for name in transports or LAYERS]
    costs = [await _cost(one, settings) for one in chosen]
    if rounds:
        await _measure_cpu(costs, chosen, settings, rounds)
    return Layers(costs, size)


async def _cost(transport: Transport, settings: Settings) -> Cost:
    measured = measuring.measure(
        transport,
        settings.schedule(),
        rtt=settings.rtt,
        message=settings.message,
        seed=settings.seed,
    )
    run = await clock.simulate_in_turns(measured, seed=settings.seed)
    return Cost(
        transport.name,
        run.bytes_per_message,
        run.requests_per_message,
        run.median,
        run.setup_bytes,
        round_trips(transport, "cold"),
    )


async def _measure_cpu(
    costs: Sequence[Cost], chosen: Sequence[Transport], settings: Settings, rounds: int
) -> None:
    async with AsyncExitStack() as stack:
        pairs: list[tuple[ChatServer, ChatClient]] = []
        for transport in chosen:
            server = await stack.enter_async_context(transport.server())
            client = await stack.enter_async_context(transport.client(server.url))
            await measuring.ready_to_measure(client)
            await _round(server, client, settings)  # whatever is made at first is there now
            pairs.append((server, client))
        for _ in range(rounds):
            for cost, (server, client) in zip(costs, pairs, strict=True):
                cost.cpu.append(await _round(server, client, settings))


async def _round(server: ChatServer, client: ChatClient, settings: Settings) -> float:
    """Processor seconds of this thread for a message: given to the server, and read."""
    began = time.thread_time()
    for number in range(IN_A_ROUND):
        server.post(settings.message(number))
        while not await client.poll():
            pass
    return (time.thread_time() - began) / IN_A_ROUND
