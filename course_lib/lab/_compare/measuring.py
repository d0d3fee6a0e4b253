"""One transport, measured: messages are posted when they are due, readers record when each arrives.

Lessons 01, 02 and 06.  Builds on: `transports`, `links`, `lab.metrics`, `lab.tap`.
Used by: `comparison`, `lab.compare`.

    server ── link, rtt/2 each way ── reader 0, reader 1, …
       ^ post(message) when it is due        | arrived
       └────────────── latency ─────────────┘

New here: the same function runs on real sockets (`await measure(…)`) and in the simulator
(`clock.simulate(measure(…))`); a `Reader` measures a client by wrapping its `poll`.
Left out: a computer for each end.  CPU time is that of server, clients and proxy together.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

from ...simulator.loop import SimulatedLoop
from .. import metrics, tap
from . import links
from .transports import ChatClient, Transport

Progress = Callable[[metrics.Run], object]


async def measure(
    transport: Transport,
    schedule: Sequence[float],
    *,
    rtt: float = 0.0,
    jitter: float = 0.0,
    bandwidth: float | None = None,
    clients: int = 1,
    duration: float | None = None,
    patience: float = 30.0,
    message: Callable[[int], str] = "message {}".format,
    whole: bool = False,
    seed: int = 0,
    record: int = 0,
    progress: Progress | None = None,
    every: float = 0.25,
    ready: Callable[[Callable[[], metrics.Run]], object] = lambda _: None,
) -> metrics.Run:
    """Post a message at each time of `schedule` (seconds) and record when each client has it.

    The run lasts until every client has every message, and at least `duration` seconds; what has
    not arrived `patience` seconds after the last message is lost, and counted as lost.  Requests
    and bytes count from the run's zero, or with `whole` from the beginning, with all handshakes;
    connections count from the beginning.  `progress(run_so_far)` is called every `every` seconds.
    `ready(so_far)` is called at the run's zero: `so_far()` returns the run so far to a caller
    outside of the simulation.  `record` is the number of bytes of traffic that the run keeps
    (`run.recording`; 0: none).

    On real sockets `cpu_seconds` is the processor time of this thread during the run: server,
    clients, the proxy between them, a tap if one runs, and the measuring itself, but not what
    `progress` takes.  In a simulation it is None: simulating a network costs time of its own.
    """
    async with AsyncExitStack() as stack:
        tapped_at = asyncio.get_running_loop().time()
        recording = stack.enter_context(tap.Tap(transport.name, limit=record)) if record else None
        server = await stack.enter_async_context(transport.server())
        way = links.link(server.url, rtt=rtt, jitter=jitter, bandwidth=bandwidth, seed=seed)
        link = await stack.enter_async_context(way)
        readers = await _listening(stack, transport, link.url, clients, 3 * rtt + 0.05)
        recorder = metrics.Recorder(*(reader.name for reader in readers))
        sums = _Sums(transport, link, readers, recorder, whole)
        details = {"rtt": rtt, "rate": _rate(schedule), "clients": clients, **transport.details}
        watch = _Watch(partial(sums.run, details), progress)
        stack.callback(watch.stop)
        watch.start(every)
        ready(partial(sums.run, details, None))
        await recorder.deliver(schedule, server.post, message=message)
        with suppress(TimeoutError):  # messages that are still missing count as lost
            async with asyncio.timeout(patience):
                await recorder.settled()
        await asyncio.sleep(max(0.0, (duration or 0.0) - recorder.now()))
        run = sums.run(details, watch.stop())
        run.recording, run.began = recording, recorder.started - tapped_at
        return run


async def _listening(
    stack: AsyncExitStack, transport: Transport, url: str, clients: int, warm_up: float
) -> list[Reader]:
    """Readers whose first request has reached the server; the stack ends them."""
    made = [transport.client(url) for _ in range(clients)]
    await _entered(stack, made)
    readers = [Reader(client, f"reader {number}") for number, client in enumerate(made)]
    tasks = await stack.enter_async_context(asyncio.TaskGroup())
    for reader in readers:
        stack.callback(tasks.create_task(reader.listen()).cancel)
    for reader in readers:
        await reader.asked.wait()
        await ready_to_measure(reader.client)
    await asyncio.sleep(warm_up)
    return readers


async def ready_to_measure(client: ChatClient) -> None:
    """Wait until a client that begins on another transport is on the one to measure."""
    if (ready := getattr(client, "ready", None)) is not None:
        await ready()


async def _entered(stack: AsyncExitStack, clients: Sequence[ChatClient]) -> None:
    """Connect all clients concurrently; the stack closes those that are connected, likewise."""
    entered: list[ChatClient] = []

    async def enter(client: ChatClient) -> None:
        await client.__aenter__()
        entered.append(client)

    async def leave() -> None:
        async with asyncio.TaskGroup() as tasks:
            for client in entered:
                tasks.create_task(_closed(client))

    stack.push_async_callback(leave)
    async with asyncio.TaskGroup() as tasks:
        for client in clients:
            tasks.create_task(enter(client))


async def _closed(client: ChatClient) -> None:
    await client.__aexit__(None, None, None)


class Reader:
    """Reads with one client, and records which message arrived when; it wraps `client.poll`."""

    def __init__(self, client: ChatClient, name: str) -> None:
        self.client, self.name = client, name
        self.asked = asyncio.Event()  # the client has begun to poll
        self.recorder: metrics.Recorder | None = None
        self.pushes = getattr(client, "pushes", False)
        self.in_background = getattr(client, "in_background", self.pushes)
        self.frames = 0  # received without a request
        self._ask = client.poll
        client.poll = self._poll  # type: ignore[method-assign]

    async def _poll(self) -> list[str]:
        asked = self.recorder.now() if self.recorder else 0.0
        self.asked.set()
        texts = await self._ask()
        if self.pushes:
            self.frames += 1
        elif self.recorder and not self.in_background:
            self.recorder.exchange(asked, len(texts), self.name)
        return texts

    async def listen(self) -> None:
        async for text in self.client.messages():
            if self.recorder:
                self.recorder.arrived(self.name, text)


class _Sums:
    """What a run has cost so far."""

    def __init__(
        self,
        transport: Transport,
        link: links.Link,
        readers: Sequence[Reader],
        recorder: metrics.Recorder,
        whole: bool,
    ) -> None:
        self._transport, self._link, self._readers = transport, link, readers
        self._recorder, self._whole = recorder, whole
        self._setup = link.bytes_up, link.bytes_down
        self._asked = sum(reader.client.polls for reader in readers)
        for reader in readers:
            reader.recorder, reader.frames = recorder, 0

    def run(self, details: dict[str, Any], cpu: float | None) -> metrics.Run:
        """The run until now."""
        before = (0, 0) if self._whole else self._setup
        run = self._recorder.run(
            self._transport.name,
            bytes_up=self._link.bytes_up - before[0],
            bytes_down=self._link.bytes_down - before[1],
            connections=self._link.connections,
            transport=self._transport.name,
            **details,
        )
        polls = sum(reader.client.polls for reader in self._readers)
        if self._whole:
            run.requests = polls
        elif any(reader.in_background for reader in self._readers):
            run.requests = polls - self._asked
        run.frames = sum(reader.frames for reader in self._readers)
        run.setup_bytes = sum(self._setup)
        run.cpu_seconds = cpu
        return run


class _Watch:
    """Calls `progress` from time to time, and knows how much processor time that took."""

    def __init__(
        self, so_far: Callable[[float | None], metrics.Run], progress: Progress | None
    ) -> None:
        self._so_far, self._progress = so_far, progress
        self._loop = asyncio.get_running_loop()
        self._real = not isinstance(self._loop, SimulatedLoop)
        self._spent = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._began = time.thread_time()

    def start(self, every: float) -> None:
        """Begin to count processor time, and to call `progress` every `every` seconds."""
        self._began = time.thread_time()
        if self._progress is not None:
            self._timer = self._loop.call_later(every, self._tell, every)

    def stop(self) -> float | None:
        """CPU seconds of this thread since the start, without `progress`; None if simulated."""
        if self._timer is not None:
            self._timer.cancel()
        return time.thread_time() - self._began - self._spent if self._real else None

    def _tell(self, every: float) -> None:
        assert self._progress is not None
        began = time.thread_time()
        self._timer = self._loop.call_later(every, self._tell, every)
        self._progress(self._so_far(None))
        self._spent += time.thread_time() - began


def _rate(schedule: Sequence[float]) -> float:
    """Messages a second: the rate that was asked for, or the average of the schedule."""
    if isinstance(schedule, metrics.Schedule):
        return schedule.rate
    return (len(schedule) - 1) / (schedule[-1] - schedule[0]) if len(schedule) > 1 else 0.0
