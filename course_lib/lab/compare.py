"""One chat on several transports, measured in the same way.

Lessons 01, 02 and 06.  Builds on: `lab.apps`, `lab.proxy`, `lab.metrics`.

    server ── proxy, rtt/2 each way ── reader 0, reader 1, …
       ^ post(message) when it is due          | arrived
       └────────────── latency ───────────────┘

The same function runs on real sockets (`await measure(…)`) and in the simulator
(`clock.simulate(measure(…))`).  The proxy stands between the ends in both, and counts the bytes.

New here: a `Transport`, which is all that a measurement has to know: how to make a server and a
client, and their names.
Left out: CPU time, see lesson 06.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from . import metrics, proxy
from .apps import long_polling as long_polling_app
from .apps import short_polling as short_polling_app


class ChatServer(Protocol):
    """What a chat's server offers on every transport."""

    @property
    def url(self) -> str: ...
    def post(self, text: str) -> object: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...


class ChatClient(Protocol):
    """What a chat's client offers on every transport."""

    polls: int

    async def poll(self) -> list[str]: ...
    def messages(self) -> AsyncIterator[str]: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...


@dataclass(slots=True)
class Transport:
    """A way to carry the chat.  `details` are what `lab.models` needs to predict it."""

    name: str
    server: Callable[[], ChatServer]
    client: Callable[[str], ChatClient]
    details: dict[str, Any] = field(default_factory=dict)


def short_polling(interval: float, pause: bool = False) -> Transport:
    """Ask every `interval` seconds; with `pause`, that long after each answer."""
    return Transport(
        f"short polling, {'pause ' if pause else ''}{interval:g} s",
        short_polling_app.Server,
        lambda url: short_polling_app.Client(url, interval=interval, pause=pause),
        {"interval": interval, "pause": pause},
    )


def long_polling(hold: float = 25.0) -> Transport:
    """Ask again at once; the server answers when there is news, or after `hold` seconds."""
    return Transport(
        "long polling",
        lambda: long_polling_app.Server(hold=hold),
        long_polling_app.Client,
        {"hold": hold},
    )


async def measure(
    transport: Transport,
    schedule: Sequence[float],
    *,
    rtt: float = 0.0,
    clients: int = 1,
    duration: float | None = None,
    patience: float = 30.0,
) -> metrics.Run:
    """Post a message at each time of `schedule` (seconds) and record when each client has it.

    The run lasts until every client has every message, and at least `duration` seconds; what has
    not arrived `patience` seconds after the last message is lost, and counted as lost.  Requests
    and bytes count from the first due time's zero; connections count from the beginning.
    """
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(transport.server())
        link = await stack.enter_async_context(proxy.Proxy(server.url, rtt=rtt))
        readers = await _listening(stack, transport, link.url, clients)
        await asyncio.sleep(3 * rtt + 0.05)  # the first questions have arrived

        before = link.bytes_up, link.bytes_down
        recorder = metrics.Recorder(*(reader.name for reader in readers))
        for reader in readers:
            reader.recorder = recorder
        await recorder.deliver(schedule, server.post)
        try:
            async with asyncio.timeout(patience):
                await recorder.settled()
        except TimeoutError:
            pass  # what is missing counts as lost
        await asyncio.sleep(max(0.0, (duration or 0.0) - recorder.now()))
        return recorder.run(
            transport.name,
            bytes_up=link.bytes_up - before[0],
            bytes_down=link.bytes_down - before[1],
            connections=link.connections,
            transport=transport.name,
            rtt=rtt,
            rate=_rate(schedule),
            **transport.details,
        )


async def _listening(
    stack: AsyncExitStack, transport: Transport, url: str, clients: int
) -> list[_Reader]:
    """Readers that have asked their first question; the stack ends them."""
    readers = []
    for number in range(clients):
        client = await stack.enter_async_context(transport.client(url))
        readers.append(_Reader(client, f"reader {number}"))
    tasks = await stack.enter_async_context(asyncio.TaskGroup())
    for reader in readers:
        stack.callback(tasks.create_task(reader.listen()).cancel)
    for reader in readers:
        await reader.asked.wait()
    return readers


class _Reader:
    """Listens with one client, and writes down what came when.  Instrumented from outside."""

    def __init__(self, client: ChatClient, name: str) -> None:
        self.client, self.name = client, name
        self.asked = asyncio.Event()  # the client is on its way
        self.recorder: metrics.Recorder | None = None
        self._ask = client.poll
        client.poll = self._poll  # type: ignore[method-assign]

    async def _poll(self) -> list[str]:
        asked = self.recorder.now() if self.recorder else 0.0
        self.asked.set()
        texts = await self._ask()
        if self.recorder:
            self.recorder.exchange(asked, len(texts), self.name)
        return texts

    async def listen(self) -> None:
        async for text in self.client.messages():
            if self.recorder:
                self.recorder.arrived(self.name, text)


def _rate(schedule: Sequence[float]) -> float:
    """Messages a second, as asked for, or as the schedule has them."""
    if isinstance(schedule, metrics.Schedule):
        return schedule.rate
    return (len(schedule) - 1) / (schedule[-1] - schedule[0]) if len(schedule) > 1 else 0.0
