"""How late a message must be, and how many requests that takes, from arithmetic alone.

Lessons 01, 02 and 06.  Builds on: `lab.runs`.  Used by: `lab.models`, `scale`.

    server  ────○────────┬──────────────●──────── ○ a message comes, ● a response takes it
                         │ wait         │╲ RTT/2
    client  ─────────────┴──────────────┴─●────── latency = wait + RTT/2

Both kinds of polling have a latency of one shape: with probability `waiting` a message has to wait
for the next request, a time spread evenly from 0 to `longest_wait`; then it travels `travel`.

New here: the derivations, beside the lines they lead to.  `rate` is messages a second, arriving
independently of each other and of the requests (a Poisson process).
Left out: the server's own time, bandwidth, the set-up of the connection, jitter, loss.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import LocalError
from ..runs import Run


@dataclass(slots=True)
class Model:
    """Latency in seconds; requests for one client; `empty_share` and `waiting` from 0 to 1."""

    travel: float
    longest_wait: float
    waiting: float
    requests_per_second: float
    empty_share: float
    rate: float

    def percentile(self, q: float) -> float:
        """The latency that q % of the messages do not exceed, 0 to 100.

        The share 1 - waiting does not wait.  Above it the waits grow evenly to the longest.
        """
        if not 0 <= q <= 100:
            raise LocalError(f"a percentile is from 0 to 100, not {q}")
        late = q / 100 - (1 - self.waiting)
        return self.travel + (self.longest_wait * late / self.waiting if late > 0 else 0.0)

    @property
    def median(self) -> float:
        return self.percentile(50)

    def share_within(self, latency: float) -> float:
        """The share of messages that are at most `latency` late, 0 to 1."""
        wait = latency - self.travel
        if wait < 0:
            return 0.0
        evenly = min(1.0, wait / self.longest_wait) if self.longest_wait else 1.0
        return 1 - self.waiting + self.waiting * evenly

    @property
    def requests_per_message(self) -> float:
        return self.requests_per_second / self.rate if self.rate else math.inf


def short_polling(
    interval: float, rtt: float = 0.0, rate: float = 0.0, *, pause: bool = False
) -> Model:
    """A client that sends a request every `interval`, or with `pause` that long after a response.

    The requests reach the server one period apart.  A message comes at any moment of a period with
    equal chance, so it waits evenly from 0 to the period P and travels RTT/2: median P/2 + RTT/2.

    With a pause T the period is request, response and pause: T + RTT.  With a fixed period T it is
    T if the response is back in time.  When it is not (T < RTT), the client, which never has two
    requests at once, leaves out the ticks before the response and takes the next one: the period
    is the smallest multiple of T that is at least RTT.

    A response is empty when no message came during the period before it: e^(-rate P).
    """
    _check(interval, rtt, rate)
    if pause:
        period = interval + rtt
    elif interval == 0:
        period = rtt
    else:  # 1e-9: 1.1 / 0.1 is 11 ticks, although floating point says a little more
        period = interval * max(1, math.ceil(rtt / interval - 1e-9))
    return Model(
        travel=rtt / 2,
        longest_wait=period,
        waiting=1.0,
        requests_per_second=1 / period if period else math.inf,
        empty_share=math.exp(-rate * period),
        rate=rate,
    )


def long_polling(rtt: float, rate: float = 0.0, hold: float = math.inf) -> Model:
    """A client that sends the next request at once, and a server that holds it up to `hold`.

    After each response there is a gap of one RTT in which no request is at the server: half for
    the response, half for the next request.  One cycle is the gap R and then the hold.

    * In the gap rate R messages come on average.  Each waits for the end of the gap, evenly from
      0 to R, and travels R/2: latency from R/2 to 3R/2.
    * With probability e^(-rate R) none came.  Then the request is held, and with probability
      1 - e^(-rate hold) a message ends that: it does not wait, its latency is R/2.  Otherwise the
      response is empty: e^(-rate R) e^(-rate hold) of all responses.

    So a cycle, which is one request, lasts R + e^(-rate R) (1 - e^(-rate hold)) / rate on average.
    The share of messages that fall into the gap is the gap's share of the time, R / cycle; without
    an end to the hold that is rate R / (rate R + e^(-rate R)).
    """
    _check(hold, rtt, rate)
    quiet = math.exp(-rate * rtt)
    held = -math.expm1(-rate * hold) / rate if rate else hold  # the mean time of a held request
    cycle = rtt + quiet * held
    return Model(
        travel=rtt / 2,
        longest_wait=rtt,
        waiting=rtt / cycle if cycle else 1.0,
        requests_per_second=1 / cycle if cycle else math.inf,
        empty_share=quiet * math.exp(-rate * hold) if rate else 1.0,
        rate=rate,
    )


def websocket(rtt: float, rate: float = 0.0) -> Model:
    """A server that sends each message at once.

    The connection is open when the message comes and no request is needed: no message waits, each
    travels RTT/2, and the only request is the handshake before the first.
    """
    _check(rtt, rate)
    return Model(
        travel=rtt / 2,
        longest_wait=0.0,
        waiting=0.0,
        requests_per_second=0.0,
        empty_share=0.0,
        rate=rate,
    )


def of(run: Run) -> Model | None:
    """The model for how `run` was set up, read from its details; None when they do not say."""
    details = run.details
    if "rtt" not in details:
        return None
    if details.get("push"):
        return websocket(details["rtt"], details.get("rate", 0.0))
    if "interval" in details:
        pause = bool(details.get("pause", False))
        return short_polling(
            details["interval"], details["rtt"], details.get("rate", 0.0), pause=pause
        )
    if "hold" in details:
        return long_polling(details["rtt"], details.get("rate", 0.0), details["hold"])
    return None


def _check(*values: float) -> None:
    if not all(value >= 0 for value in values):
        raise LocalError(f"times and rates are not negative: {values}")
