"""The conditions of the transport lab: the numbers, their units, and how long a run may take.

Lesson 06.  Builds on: `lab.compare`.  Used by: `inputs`, `panel`, `shelf`, `lab.transport_lab`.

    on the panel    Round trip (ms)  [ 50 ]                 as a call   rtt=0.05
                    Bandwidth (kB/s) [  0 ]                 bandwidth=None

New here: a run that the panel starts has a limit on its work, so that it ends while the learner
waits for it; the same call in a cell has none.
Left out: values that are impossible; `compare.Settings` refuses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import LocalError
from .. import compare

MOST_WORK = 100_000  # deliveries and requests
A_SECOND = 10_000  # of them take about a second on the slowest transport, measured
MOST_A_SECOND = 500  # of them on real sockets, where the kernel must stay responsive
LONGEST = 600.0  # seconds of a run on real sockets


@dataclass(slots=True)
class Number:
    """A number of the panel.  `scale` times the number of the call is the number of the panel."""

    key: str
    label: str
    scale: float
    least: float
    most: float
    step: float
    whole: bool = False

    def shown(self, value: float | None) -> float:
        """The number as the panel shows it, for the value of the call."""
        return round((value or 0.0) * self.scale, 6)

    def checked(self, number: float) -> float:
        """The typed number.  LocalError if it is out of the panel's range."""
        if not self.least <= number <= self.most:
            raise LocalError(
                f"{self.label} can be {self.least:,g} to {self.most:,}, not {number:,g}"
            )
        return number

    def meant(self, number: float) -> float | int | None:
        """The value of the call, for the number of the panel."""
        if self.whole:
            return int(number)
        if self.key == "bandwidth" and not number:
            return None
        return round(number / self.scale, 9)


NUMBERS = (
    Number("rate", "Messages a second", 1, 0.01, 1000, 1),
    Number("size", "Message size (bytes)", 1, 8, 100_000, 8, whole=True),
    Number("clients", "Clients", 1, 1, 200, 1, whole=True),
    Number("duration", "Duration (s)", 1, 0.5, 3600, 5),
    Number("rtt", "Round trip (ms)", 1000, 0, 5000, 10),
    Number("jitter", "Jitter, each way (ms)", 1000, 0, 5000, 5),
    Number("bandwidth", "Bandwidth (kB/s)", 0.001, 0, 1_000_000, 10),
    Number("interval", "Polling interval (ms)", 1000, 10, 60_000, 100),
)
DEFAULTS: dict[str, Any] = {
    "rate": 1.0,
    "size": 32,
    "clients": 1,
    "duration": 30.0,
    "interval": 1.0,
    "rtt": 0.05,
    "jitter": 0.0,
    "bandwidth": None,
    "simulated": True,
    "seed": 1,
}


def checked(wishes: dict[str, Any], transports: Sequence[str]) -> compare.Settings:
    """The settings of a run.  LocalError if they are impossible, or take too long here."""
    if not transports:
        raise LocalError("choose a transport, or several")
    settings = compare.Settings(**wishes)
    assert settings.duration is not None
    work = _work(settings, transports)
    if settings.simulated:
        if work > MOST_WORK:
            raise LocalError(
                f"a simulation of about {work:,.0f} messages and requests takes long, and "
                f"{MOST_WORK:,} are the most here: fewer clients or a shorter run, or the call "
                "in a cell"
            )
    elif settings.duration > LONGEST:
        raise LocalError(f"on real sockets a run takes its time: {LONGEST:.0f} s at the most")
    elif work / settings.duration > MOST_A_SECOND:
        raise LocalError(
            f"about {work / settings.duration:,.0f} messages and requests a second are too many "
            f"for one kernel, and {MOST_A_SECOND} are the most here: fewer clients, or a lower rate"
        )
    return settings


def effort(wishes: dict[str, Any], transports: Sequence[str]) -> str:
    """How much work a run is, and about how long it takes; or why it cannot be run."""
    try:
        settings = checked(wishes, transports)
    except LocalError as error:
        return f"Cannot be run: {error}."
    assert settings.duration is not None
    count = len(transports)
    many = f"{count} transport{'' if count == 1 else 's'}"
    messages = f"about {max(1, round(settings.rate * settings.duration)):,} messages each"
    if not settings.simulated:
        return f"{many}, {messages}: {count * settings.duration:g} s and a little more."
    seconds = count * _work(settings, transports) / A_SECOND
    how = "at once" if seconds < 1 else f"takes about {seconds:.0f} s"
    return f"{many}, {messages}, simulated: {how}."


def _work(settings: compare.Settings, transports: Sequence[str]) -> float:
    """Deliveries and requests of the transport that has the most of them."""
    assert settings.duration is not None
    messages = settings.rate * settings.duration * settings.clients
    polls = settings.clients * settings.duration / settings.interval
    return messages + (polls if "short polling" in transports else 0.0)


def call(wishes: dict[str, Any], transports: Sequence[str]) -> str:
    """The call that does the same in a cell; only what differs from the call's own defaults."""
    names = ", ".join(f'"{name}"' for name in transports)
    usual = compare.Settings(duration=DEFAULTS["duration"])
    parts = [f"({names}{',' if len(transports) == 1 else ''})"]
    for name, value in wishes.items():
        if name in ("rate", "rtt", "duration") or value != getattr(usual, name):
            parts.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    return f"await compare.compare({', '.join(parts)})"


def said(settings: compare.Settings) -> str:
    """The conditions in a few words, which tell one run from another."""
    width = "" if settings.bandwidth is None else f", {settings.bandwidth / 1000:g} kB/s"
    jitter = f" ± {settings.jitter * 1000:g} ms" if settings.jitter else ""
    many = "" if settings.clients == 1 else f", {settings.clients} clients"
    where = "simulated" if settings.simulated else "real sockets"
    rate, rtt = f"{settings.rate:g} a second", f"round trip {settings.rtt * 1000:g} ms{jitter}"
    size = "" if settings.size == DEFAULTS["size"] else f", {settings.size:,} B"
    long = "" if settings.duration is None else f", {settings.duration:g} s"
    ask = "" if settings.interval == 1 else f", polling every {settings.interval * 1000:g} ms"
    draw = "" if settings.seed == DEFAULTS["seed"] else f", seed {settings.seed}"
    return f"{rate}, {rtt}{width}{size}{many}{long}{ask}{draw}, {where}"
