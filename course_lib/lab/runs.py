"""The result of a measurement: deliveries, and what they cost.

Lessons 01, 02 and 06.  Builds on: `errors`, `recording`.

    due          sent           arrived
     │            │                │          latency = arrived - due, always
     ├── late ────┤                │          a message that never arrived has latency inf:
     ├───────────── latency ───────┤          it is counted, and it makes the tail worse

New here: a percentile is the nearest rank: the smallest latency such that at least q % of *all*
deliveries, the lost ones too, are at most that late.  It is always a latency that was measured (or
inf), never an average of two.  Costs are per *delivered* message and count both directions.
Left out: histograms with bounded memory; a lesson's run fits in a list.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..errors import LocalError

if TYPE_CHECKING:
    from .recording import Recording


def percentile(values: Iterable[float], q: float) -> float:
    """The nearest-rank percentile, 0 < q <= 100: the value of rank ceil(q / 100 * n), from 1.

    `q` is read as the decimal number that it prints as, so 99.9 % of 1000 is rank 999 exactly.
    """
    ordered = sorted(values)
    if not ordered:
        raise LocalError("a percentile of nothing: no delivery was recorded")
    if not 0 < q <= 100:
        raise LocalError(f"a percentile is above 0 and at most 100, not {q}")
    return ordered[math.ceil(Fraction(str(q)) * len(ordered) / 100) - 1]


@dataclass(slots=True)
class Delivery:
    """One message for one receiver, or one request and its response.

    Seconds since the start of the run.  `arrived` is None when it never arrived; `error` may say
    why.  `payload` is what the application sent, as bytes.
    """

    due: float
    sent: float | None = None
    arrived: float | None = None
    receiver: str = ""
    payload: bytes = b""
    error: str = ""

    @property
    def latency(self) -> float:
        """Seconds from when it was due, not from when a busy sender sent it."""
        return math.inf if self.arrived is None else self.arrived - self.due


@dataclass(slots=True)
class Exchange:
    """One request and its response, as the client saw them.  Seconds since the run's start."""

    asked: float
    answered: float
    messages: int = 0
    receiver: str = ""


@dataclass(slots=True)
class Run:
    """One measurement: which receiver got what when, and what went over the wire for it.

    `bytes_up` (client to server) and `bytes_down` count everything: handshakes, headers, empty
    responses.  `setup_bytes` went before the run's zero: TCP has none, a WebSocket its handshake, a
    poll its first request.  `empty` counts responses without a message, `frames` messages without
    a request.  `recording`, if there is one, has the run's zero at its second `began`.
    `cpu_seconds` is None where it was not measured, as in a simulation.  `details` says how the run
    was set up; models and plots know "rtt", "interval", "pause" (bool), "hold", "push" and
    "rate", in seconds and 1/s.
    """

    label: str
    deliveries: list[Delivery] = field(default_factory=list)
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    connections: int = 0
    duration: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    empty: int = 0
    frames: int = 0
    setup_bytes: int = 0
    cpu_seconds: float | None = field(default=None, compare=False)
    recording: Recording | None = field(default=None, repr=False, compare=False)
    began: float = 0.0

    @property
    def latencies(self) -> list[float]:
        """Seconds, in the order of the deliveries; inf for what was lost."""
        return [delivery.latency for delivery in self.deliveries]

    def percentile(self, q: float) -> float:
        """The latency that q % of all deliveries do not exceed; inf where the lost ones begin."""
        return percentile(self.latencies, q)

    @property
    def median(self) -> float:
        return self.percentile(50)

    @property
    def delivered(self) -> int:
        return sum(delivery.arrived is not None for delivery in self.deliveries)

    @property
    def lost(self) -> int:
        return len(self.deliveries) - self.delivered

    @property
    def lateness(self) -> float:
        """The longest time that a message waited for its sender.

        If it is large compared with the latencies, the run has measured a busy computer.
        """
        waits = (d.sent - d.due for d in self.deliveries if d.sent is not None)
        return max(0.0, max(waits, default=0.0))

    @property
    def payload_bytes(self) -> int:
        """Bytes of the application that were delivered."""
        return sum(len(d.payload) for d in self.deliveries if d.arrived is not None)

    @property
    def requests_per_message(self) -> float:
        return self._per_message(self.requests)

    @property
    def bytes_per_message(self) -> float:
        """Both directions, all overhead included."""
        return self._per_message(self.bytes_up + self.bytes_down)

    @property
    def cpu_per_message(self) -> float | None:
        """Seconds of processor time for each delivered message; None where none were counted."""
        return None if self.cpu_seconds is None else self._per_message(self.cpu_seconds)

    @property
    def frames_per_message(self) -> float:
        return self._per_message(self.frames)

    @property
    def empty_share(self) -> float:
        """The share of the requests that brought no message, 0 to 1."""
        return self.empty / self.requests if self.requests else 0.0

    def _per_message(self, cost: float) -> float:
        if self.delivered:
            return cost / self.delivered
        return math.inf if cost else 0.0

    def as_table(self) -> list[dict[str, Any]]:
        """One row for each delivery; a lost one has None for its arrival and inf for latency."""
        return [
            {
                "run": self.label,
                "receiver": delivery.receiver,
                "due_s": delivery.due,
                "sent_s": delivery.sent,
                "arrived_s": delivery.arrived,
                "latency_s": delivery.latency,
                "payload_bytes": len(delivery.payload),
                "error": delivery.error,
            }
            for delivery in self.deliveries
        ]

    def summary(self) -> dict[str, Any]:
        """One row for the run.  A run without deliveries has no percentiles: None."""
        quantiles = {
            f"p{q}_s": self.percentile(q) if self.deliveries else None for q in (50, 90, 99)
        }
        return {
            "run": self.label,
            "delivered": self.delivered,
            "lost": self.lost,
            **quantiles,
            "requests": self.requests,
            "empty_share": self.empty_share,
            "requests_per_message": self.requests_per_message,
            "bytes_per_message": self.bytes_per_message,
            "connections": self.connections,
            "duration_s": self.duration,
        }

    def costs(self) -> dict[str, Any]:
        """The row of `summary`, and all costs that a comparison shows."""
        return self.summary() | {
            "frames": self.frames,
            "bytes_up": self.bytes_up,
            "bytes_down": self.bytes_down,
            "setup_bytes": self.setup_bytes,
            "cpu_per_message_s": self.cpu_per_message,
        }


def as_table(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """One row for each run, ready for a data frame or for `csv_text`."""
    return [run.summary() for run in runs]


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV with a header, lines ended by a newline.  None is an empty cell."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    if columns:
        writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
