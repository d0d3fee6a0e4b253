"""Measure latency without coordinated omission: requests do not wait for earlier responses.

Lessons 01, 02 and 06.  Builds on: `runs`, and the loop's clock, be it a real or a simulated one.

    open loop     due   │     │     │     │     │        every request starts when it is due
                  asks  ├──●  ├─────────────●  ├●
                              ├───────────●            a slow response delays no other request
    closed loop   asks  ├──●├─────────────●├●          the next waits for the last: the requests
                                                       that would have been slow are never sent

The closed loop's mistake is named coordinated omission.  Here a schedule fixes every due time
before the run, and latency counts from there.

New here: `open_loop` for request and response, `Recorder` for messages that a server gives out.
Left out: load from several processes; the lessons need a few hundred messages a second.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from ..errors import LocalError
from .runs import Delivery, Exchange, Run, as_table, csv_text, percentile

__all__ = [
    "Delivery",
    "Exchange",
    "Recorder",
    "Run",
    "Schedule",
    "as_table",
    "csv_text",
    "open_loop",
    "percentile",
    "poisson",
    "steady",
]


class Schedule(list[float]):
    """Due times in seconds, and the rate a second that was asked for."""

    def __init__(self, times: Iterable[float], rate: float) -> None:
        super().__init__(times)
        self.rate = rate


def steady(rate: float, count: int) -> Schedule:
    """`count` due times, `rate` a second, the first at once.

    Beware of a fixed period: against a client that polls with the same period every message falls
    on the same phase, and the run measures that phase only.  `poisson` has no period.
    """
    _check(rate, count)
    return Schedule((index / rate for index in range(count)), rate)


def poisson(rate: float, count: int, seed: int = 0) -> Schedule:
    """`count` due times at random, `rate` a second on average, as of independent writers."""
    _check(rate, count)
    source = random.Random(seed)
    due, times = 0.0, []
    for _ in range(count):
        due += source.expovariate(rate)
        times.append(due)
    return Schedule(times, rate)


def _check(rate: float, count: int) -> None:
    if rate <= 0 or count < 0:
        raise LocalError(f"a schedule needs a rate above 0 and a count, not {rate} and {count}")


async def _reached(when: float) -> None:
    """Return at `when` on the loop's clock, or at once when that has passed."""
    loop = asyncio.get_running_loop()
    if when <= loop.time():
        return
    reached = loop.create_future()

    def wake() -> None:
        if not reached.done():  # False if cancelled in the loop iteration of the timer
            reached.set_result(None)

    timer = loop.call_at(when, wake)
    try:
        await reached
    finally:
        timer.cancel()


async def open_loop(
    schedule: Sequence[float],
    ask: Callable[[int], Awaitable[Any]],
    *,
    patience: float | None = None,
) -> list[Delivery]:
    """Start `ask(index)` at each due time, in seconds from now, and record when each returns.

    An `ask` that raises, or that takes more than `patience` seconds, counts as lost: it stays in
    the list with `arrived=None` and `error`.  Returns when all have ended; owns the tasks until
    then and cancels them when it is cancelled itself.

        deliveries = await metrics.open_loop(metrics.poisson(20, 200), lambda i: http.get(url))
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    deliveries = [Delivery(due) for due in schedule]

    async def one(index: int, delivery: Delivery) -> None:
        delivery.sent = loop.time() - started
        try:
            async with asyncio.timeout(patience):
                await ask(index)
            delivery.arrived = loop.time() - started
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            delivery.error = "cancelled"  # the `ask` was cancelled, this task was not
        except Exception as error:  # the top of a task: any error makes it a lost message
            delivery.error = f"{type(error).__name__}: {error}".removesuffix(": ")

    async with asyncio.TaskGroup() as tasks:
        for index in sorted(range(len(deliveries)), key=lambda i: deliveries[i].due):
            await _reached(started + deliveries[index].due)
            tasks.create_task(one(index, deliveries[index]))
    return deliveries


class Recorder:
    """Records which receiver got which message, and when.

    Latency counts from the moment when the server has the message to the moment when the receiver
    has it.  Messages are told apart by their text, so no two may be equal.

        recorder = metrics.Recorder("kim", "lee")
        ...                                            # each reader: recorder.arrived("kim", text)
        await recorder.deliver(metrics.poisson(5, 100), server.post)
        await recorder.settled()                       # under a time-out of your own
        run = recorder.run("every 500 ms", requests=…, bytes_up=…, rtt=0.05, interval=0.5)
    """

    def __init__(self, *receivers: str) -> None:
        self.receivers = receivers or ("",)
        self.exchanges: list[Exchange] = []
        self.duplicates = 0  # a message that a receiver got again
        self.strangers = 0  # a message that was never given to `put`
        self._loop = asyncio.get_running_loop()
        self.started = self._loop.time()  # the run's zero
        self._deliveries: dict[tuple[bytes, str], Delivery] = {}
        self._missing = 0
        self._complete = asyncio.Event()

    def now(self) -> float:
        """Seconds since this recorder was made."""
        return self._loop.time() - self.started

    def put(self, message: str | bytes, *, due: float | None = None) -> None:
        """Note that the server gets `message` now; it was due at `due`, or now if that is None."""
        payload, now = _octets(message), self.now()
        if (payload, self.receivers[0]) in self._deliveries:
            raise LocalError(f"{message!r} was put twice; arrivals could not be told apart")
        for receiver in self.receivers:
            self._deliveries[payload, receiver] = Delivery(
                now if due is None else due, now, None, receiver, payload
            )
        self._missing += len(self.receivers)
        self._complete.clear()

    def arrived(self, receiver: str, message: str | bytes) -> None:
        """Note that `receiver` has `message` now.  Only the first time counts."""
        if receiver not in self.receivers:
            raise LocalError(f"no receiver {receiver!r}; this recorder knows {self.receivers}")
        delivery = self._deliveries.get((_octets(message), receiver))
        if delivery is None:
            self.strangers += 1
        elif delivery.arrived is not None:
            self.duplicates += 1
        else:
            delivery.arrived = self.now()
            self._missing -= 1
            if not self._missing:
                self._complete.set()

    def exchange(self, asked: float, messages: int, receiver: str = "") -> None:
        """Note that a request, sent at `asked` (from `now()`), has its response now."""
        self.exchanges.append(Exchange(asked, self.now(), messages, receiver))

    async def deliver(
        self,
        schedule: Sequence[float],
        put: Callable[[str], object],
        *,
        message: Callable[[int], str] = "message {}".format,
    ) -> None:
        """Call `put(message(index))` at each due time, in seconds from now."""
        started = self.now()
        for index, due in enumerate(sorted(schedule)):
            await _reached(self.started + started + due)
            text = message(index)
            self.put(text, due=started + due)
            put(text)

    async def settled(self) -> None:
        """Wait until every receiver has every message that was put so far."""
        if self._missing:
            await self._complete.wait()

    def run(
        self,
        label: str,
        *,
        requests: int | None = None,
        bytes_up: int = 0,
        bytes_down: int = 0,
        connections: int = 0,
        **details: Any,
    ) -> Run:
        """What was recorded until now.  Without `requests` the exchanges are counted."""
        odd = {"duplicates": self.duplicates, "strangers": self.strangers}
        return Run(
            label,
            list(self._deliveries.values()),
            len(self.exchanges) if requests is None else requests,
            bytes_up,
            bytes_down,
            connections,
            self.now(),
            details | {name: count for name, count in odd.items() if count},
            list(self.exchanges),
            sum(not exchange.messages for exchange in self.exchanges),
        )


def _octets(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else bytes(message)
