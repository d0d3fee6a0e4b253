"""The conditions under which transports are compared: the same for all of them.

Lesson 06.  Builds on: `lab.metrics`.  Used by: `comparison`, `command`, `lab.compare`.

    rate ── poisson ──> due times     size ──> "#7 ......"     rtt, jitter, bandwidth ──> the link

New here: one value holds everything that a run depends on, so that it can be repeated.
Left out: how a run is made (`measuring`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypedDict

from ...errors import LocalError
from .. import metrics
from ..figures.figure import count_of

DURATION = 30.0  # seconds, unless a duration or a count is given
MOST_CLIENTS = 2000
MOST_DELIVERIES = 1_000_000


class Wishes(TypedDict, total=False):
    """The keyword arguments of `compare`; see `Settings`."""

    rate: float
    size: int
    clients: int
    duration: float | None
    count: int | None
    rtt: float
    jitter: float
    bandwidth: float | None
    interval: float
    simulated: bool
    seed: int
    record: bool


@dataclass(slots=True)
class Settings:
    """Seconds, bytes, bytes a second, and messages a second.

    `count` messages, or those of `duration` seconds; with both, `count` messages in a run of at
    least `duration`.  `interval` is that of short polling.  LocalError for impossible values.
    """

    rate: float = 1.0
    size: int = 32
    clients: int = 1
    duration: float | None = None
    count: int | None = None
    rtt: float = 0.05
    jitter: float = 0.0
    bandwidth: float | None = None
    interval: float = 1.0
    simulated: bool = True
    seed: int = 1
    record: bool = True

    def __post_init__(self) -> None:
        if self.duration is None and self.count is None:
            self.duration = DURATION
        _positive("rate", self.rate, "messages a second")
        _positive("interval", self.interval, "seconds")
        if self.duration is not None:
            _positive("duration", self.duration, "seconds")
        if self.bandwidth is not None:
            _positive("bandwidth", self.bandwidth, "bytes a second")
        for name in ("rtt", "jitter"):
            value = getattr(self, name)
            if not (_is_number(value) and value >= 0):
                raise LocalError(f"{name} is a number of seconds, zero or more: {value!r}")
        if not 1 <= self.clients <= MOST_CLIENTS:
            raise LocalError(f"clients are 1 to {MOST_CLIENTS}: {self.clients!r}")
        if self.count is not None and self.count < 1:
            raise LocalError(f"count is 1 message or more: {self.count!r}")
        messages = self.count or math.ceil(self.rate * (self.duration or 0.0))
        if messages * self.clients > MOST_DELIVERIES:
            raise LocalError(
                f"{messages:,} messages for {count_of(self.clients, 'client')} are more than "
                f"{MOST_DELIVERIES:,} deliveries: fewer clients, or a shorter run"
            )
        if self.size < (least := len(_mark(messages + 1))):
            raise LocalError(
                f"size is {least} bytes or more, for messages are told apart by a number in them: "
                f"{self.size!r}"
            )

    def schedule(self) -> metrics.Schedule:
        """When the messages are due: independent of each other, the same for the same seed."""
        if self.count is not None:
            return metrics.poisson(self.rate, self.count, self.seed)
        assert self.duration is not None
        expected = self.rate * self.duration
        enough = math.ceil(expected + 10 * math.sqrt(expected) + 20)
        times = [
            due for due in metrics.poisson(self.rate, enough, self.seed) if due < self.duration
        ]
        if not times:
            raise LocalError(
                f"no message falls into {self.duration:g} s at {self.rate:g} a second: "
                "a longer run, a higher rate, or a count"
            )
        return metrics.Schedule(times, self.rate)

    def message(self, index: int) -> str:
        """The text of a message, `size` bytes long; the first says "#1"."""
        return _mark(index + 1).ljust(self.size, ".")


def _mark(number: int) -> str:
    return f"#{number} "  # with the space no mark is a prefix of another


def _is_number(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def _positive(name: str, value: object, unit: str) -> None:
    if not (_is_number(value) and value > 0):  # type: ignore[operator]
        raise LocalError(f"{name} is a number of {unit} above zero: {value!r}")
