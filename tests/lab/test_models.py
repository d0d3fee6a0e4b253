"""The models, each against a small simulation that knows nothing of the formulas."""

from __future__ import annotations

import asyncio
import math
import random
from itertools import pairwise

import pytest

from course_lib.errors import LocalError
from course_lib.lab import compare, metrics, models
from course_lib.lab.runs import Run, percentile

QUANTILES = (5, 25, 50, 75, 95)


def _short(
    interval: float, rtt: float, rate: float, pause: bool, count: int = 20_000
) -> tuple[list[float], int, int, float]:
    """Ask, read, wait; latencies, requests, empty answers, seconds.  Starts at a random phase."""
    due = metrics.poisson(rate, count, seed=5)
    asked = random.Random(6).random() * interval
    latencies: list[float] = []
    requests = empty = 0
    while len(latencies) < count:
        at_server, answered = asked + rtt / 2, asked + rtt
        before = len(latencies)
        while len(latencies) < count and due[len(latencies)] <= at_server:
            latencies.append(answered - due[len(latencies)])
        requests += 1
        empty += len(latencies) == before
        if pause:
            asked = answered + interval
        else:  # the next tick of the client's clock that is not in the past
            asked += interval
            while asked < answered - 1e-9:
                asked += interval
    return latencies, requests, empty, asked


def _long(
    rtt: float, rate: float, hold: float, count: int = 40_000
) -> tuple[list[float], int, int, float]:
    """A question at the server, held until a message or the end of the hold; then the next."""
    due = metrics.poisson(rate, count, seed=9)
    latencies: list[float] = []
    requests = empty = 0
    at_server = 0.0
    while len(latencies) < count:
        leaves = max(at_server, min(due[len(latencies)], at_server + hold))
        before = len(latencies)
        while len(latencies) < count and due[len(latencies)] <= leaves:
            latencies.append(leaves + rtt / 2 - due[len(latencies)])
        requests += 1
        empty += len(latencies) == before
        at_server = leaves + rtt
    return latencies, requests, empty, at_server


@pytest.mark.parametrize("pause", [False, True])
@pytest.mark.parametrize(
    ("interval", "rtt"), [(1.0, 0.01), (0.5, 0.2), (0.1, 0.2), (0.1, 0.25), (0.03, 0.2)]
)
def test_short_polling_is_as_predicted(interval: float, rtt: float, pause: bool) -> None:
    """Percentiles, requests, empty answers, also when an answer takes longer than the interval."""
    rate = 1.7
    latencies, requests, empty, seconds = _short(interval, rtt, rate, pause)
    model = models.short_polling(interval, rtt, rate, pause=pause)
    for q in QUANTILES:
        # 20,000 messages in many periods: the error of a quantile is about 1 % of the period
        assert percentile(latencies, q) == pytest.approx(
            model.percentile(q), abs=0.015 * model.longest_wait
        )
    assert requests / seconds == pytest.approx(model.requests_per_second, rel=0.01)
    assert requests / len(latencies) == pytest.approx(model.requests_per_message, rel=0.03)
    assert empty / requests == pytest.approx(model.empty_share, abs=0.02)


@pytest.mark.parametrize(
    ("rtt", "rate", "hold"),
    [
        (0.05, 0.5, math.inf),
        (0.05, 10, math.inf),
        (0.2, 5, math.inf),
        (0.2, 40, math.inf),
        (0.2, 2, 0.3),
        (0.05, 1, 0.0),
    ],
)
def test_long_polling_is_as_predicted(rtt: float, rate: float, hold: float) -> None:
    """From rare messages to forty in each gap, with and without an end to the hold."""
    latencies, requests, empty, seconds = _long(rtt, rate, hold)
    model = models.long_polling(rtt, rate, hold)
    waited = sum(latency > rtt / 2 + 1e-9 for latency in latencies) / len(latencies)
    assert waited == pytest.approx(model.waiting, abs=0.01)
    for q in QUANTILES:
        assert percentile(latencies, q) == pytest.approx(model.percentile(q), abs=0.03 * rtt)
    assert requests / seconds == pytest.approx(model.requests_per_second, rel=0.02)
    assert requests / len(latencies) == pytest.approx(model.requests_per_message, rel=0.03)
    assert empty / requests == pytest.approx(model.empty_share, abs=0.01)


def test_the_medians_are_the_formulas_of_the_lessons() -> None:
    """T/2 + RTT/2; (T + RTT)/2 + RTT/2; RTT/2 when rare; up to 3/2 RTT in the gap."""
    assert models.short_polling(0.5, 0.2).median == pytest.approx(0.5 / 2 + 0.2 / 2)
    assert models.short_polling(0.5, 0.2, pause=True).median == pytest.approx(0.7 / 2 + 0.2 / 2)
    assert models.long_polling(0.2, 0.1).median == pytest.approx(0.1)
    assert models.long_polling(0.2, 1e6).percentile(100) == pytest.approx(0.3)


def test_the_share_in_the_gap_is_the_closed_form() -> None:
    """rate R / (rate R + e^(-rate R)) when the hold has no end."""
    for product in (0.01, 0.5, 1.0, 3.0):
        rtt, rate = 0.2, product / 0.2
        expected = product / (product + math.exp(-product))
        assert models.long_polling(rtt, rate).waiting == pytest.approx(expected)


def test_a_hold_of_zero_is_short_polling_without_a_pause() -> None:
    """Two formulas that were derived separately meet."""
    assert models.long_polling(0.2, 3.0, hold=0.0) == models.short_polling(
        0.0, 0.2, 3.0, pause=True
    )


def test_an_answer_slower_than_the_interval_leaves_out_ticks() -> None:
    """The period is the next multiple of the interval; a tie is no reason to leave one out."""
    periods = [models.short_polling(t, 0.6).longest_wait for t in (1.0, 0.6, 0.5, 0.2, 0.1, 0.0)]
    assert periods == pytest.approx([1.0, 0.6, 1.0, 0.6, 0.6, 0.6])
    assert models.short_polling(0.1, 1.1).longest_wait == pytest.approx(1.1)


@pytest.mark.parametrize(
    "model",
    [
        models.short_polling(1.0, 0.2, 3.0),
        models.long_polling(0.2, 3.0, 25.0),
        models.long_polling(0.2),
        models.long_polling(0.0, 3.0),
        models.short_polling(0.0, 0.0, 1.0),
    ],
)
def test_percentile_and_share_are_each_others_inverse(model: models.Model) -> None:
    """Within p(q) there are at least q %; the percentiles grow from travel to the longest."""
    values = [model.percentile(q) for q in range(101)]
    assert all(a <= b for a, b in pairwise(values))
    assert values[0] == model.travel
    assert all(model.share_within(v + 1e-12) >= q / 100 - 1e-9 for q, v in enumerate(values))
    assert model.share_within(model.travel - 1e-6) == 0.0
    assert model.share_within(model.travel + model.longest_wait + 1e-9) == pytest.approx(1.0)


def test_without_messages_every_answer_is_empty() -> None:
    """A rate of zero has limits, not divisions by zero."""
    short, long = models.short_polling(2.0, 0.1), models.long_polling(0.1, 0.0, 25.0)
    assert (short.empty_share, short.requests_per_second) == (1.0, 0.5)
    assert short.requests_per_message == math.inf
    assert long.requests_per_second == pytest.approx(1 / 25.1)
    assert models.long_polling(0.1).requests_per_second == 0.0


def test_a_run_knows_its_model_from_its_details() -> None:
    """Interval and hold say which; a run that says nothing has none."""
    fixed = Run("s", details={"rtt": 0.1, "interval": 1.0, "rate": 2.0})
    pausing = Run("s", details={"rtt": 0.1, "interval": 1.0, "pause": True})
    held = Run("l", details={"rtt": 0.1, "hold": 25.0, "rate": 2.0})
    assert models.of(fixed) == models.short_polling(1.0, 0.1, 2.0)
    assert models.of(pausing) == models.short_polling(1.0, 0.1, pause=True)
    assert models.of(held) == models.long_polling(0.1, 2.0, 25.0)
    assert models.of(Run("?", details={"rtt": 0.1})) is models.of(Run("?")) is None


def test_negative_times_and_rates_are_refused() -> None:
    """So is what is not a number."""
    for broken in (-1.0, math.nan):
        with pytest.raises(LocalError):
            models.short_polling(broken)
        with pytest.raises(LocalError):
            models.long_polling(0.1, broken)
    with pytest.raises(LocalError):
        models.short_polling(1.0).percentile(101)


def test_websocket_has_no_gap() -> None:
    """Half a round trip, for the first message and the last, and no question."""
    model = models.websocket(rtt=0.2, rate=3.0)
    assert [model.percentile(q) for q in (0, 5, 50, 99.9, 100)] == [0.1] * 5
    assert (model.requests_per_second, model.requests_per_message) == (0.0, 0.0)
    assert (model.share_within(0.099), model.share_within(0.1)) == (0.0, 1.0)
    details = {"rtt": 0.2, "push": True, "rate": 3.0}
    assert models.of(Run("WebSocket", details=details)) == model


@pytest.mark.parametrize("rtt", [0.01, 0.2, 3.0])
@pytest.mark.parametrize("situation", models.SITUATIONS)
@pytest.mark.parametrize("transport", [*compare.TRANSPORTS, *compare.ENGINEIO, *compare.SOCKETIO])
def test_round_trips_are_those_of_the_simulation(
    transport: str, situation: str, rtt: float
) -> None:
    """On any link."""
    counted = compare.round_trips(transport, situation, rtt=rtt)
    assert models.round_trips(transport, situation) == counted


@pytest.mark.parametrize("transport", compare.TRANSPORTS)
@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("keep_alive", [True, False])
def test_the_last_of_many_messages_comes_when_the_simulation_says(
    transport: str, connected: bool, keep_alive: bool
) -> None:
    """Messages that meet questions and answers anywhere on their way."""
    chance = random.Random(6)
    for _ in range(10):
        parts = chance.sample(range(2, 49, 3), chance.randint(1, 6))
        moments = [0.0, *sorted(part / 100 + chance.randrange(8) / 2 for part in parts)]
        counted = compare.until_all(transport, moments, connected, keep_alive, rtt=0.07)
        assert models.until_all(transport, moments, connected, keep_alive) == pytest.approx(counted)


@pytest.mark.parametrize("moments", [[], [-0.1], [0.0, 0.0], [0.5, 0.2]])
def test_moments_that_do_not_rise_are_named(moments: list[float]) -> None:
    """Two messages are never at the same moment: one of them takes the question along."""
    with pytest.raises(LocalError, match="moments rise, and the first is 0 or later"):
        compare.until_all("WebSocket", moments)


def test_what_has_no_round_trips_is_named() -> None:
    """A slip of the finger."""
    with pytest.raises(LocalError, match="situations cold, warm, burst: 'WebSocket', 'hot'"):
        models.round_trips("WebSocket", "hot")


def agrees(transport: str, clients: int, duration: float, rate: float, interval: float) -> None:
    """The sum is the simulation's within 1 %."""

    async def main() -> Run:
        done = await compare.compare(
            [transport],
            clients=clients,
            duration=duration,
            rate=rate,
            interval=interval,
            record=False,
            seed=3,
        )
        return done.runs[0]

    run = asyncio.run(main())
    messages = len(run.deliveries) / clients
    model = models.at_scale(
        transport, clients, messages / run.duration, run.duration, interval=interval
    )
    assert model.deliveries == pytest.approx(run.delivered)
    both_ways = transport in ("Engine.IO, polling", "Engine.IO, upgraded")  # at the same time
    assert model.connections == run.connections == clients * (2 if both_ways else 1)
    # Before a client changes its transport it may ask once more: when 6 comes before 3probe.
    late = clients if transport == "Engine.IO, upgraded" else 0
    share = 0.02 if both_ways else 0.01
    assert model.requests <= run.requests * (1 + share)
    assert model.requests + late >= run.requests * (1 - share)
    assert model.bytes_up == pytest.approx(run.bytes_up, rel=share, abs=150 * late)
    assert model.bytes_down == pytest.approx(run.bytes_down, rel=0.02, abs=150 * late)


@pytest.mark.parametrize(
    "rate",
    [pytest.param(0.05, marks=pytest.mark.wide), 1.0, pytest.param(8.0, marks=pytest.mark.wide)],
)
@pytest.mark.parametrize("transport", [*compare.TRANSPORTS, *compare.ENGINEIO])
def test_the_sum_at_scale_is_that_of_a_simulation(transport: str, rate: float) -> None:
    """Of five clients for 200 seconds; with few messages, and with many in each answer."""
    agrees(transport, 5, 200.0, rate, 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("transport", compare.TRANSPORTS)
def test_the_sum_at_scale_is_that_of_two_hundred_clients(transport: str) -> None:
    """For ten minutes."""
    agrees(transport, 200, 600.0, 1.0, 1.0)


def test_ten_thousand_clients_cost_fifty_times_two_hundred() -> None:
    """Everything but the messages, which are the same for all."""
    few, many = (models.at_scale("long polling", n, 1.0, 600.0) for n in (200, 10_000))
    for name in ("requests", "bytes_up", "bytes_down", "deliveries", "connections"):
        assert getattr(many, name) == pytest.approx(50 * getattr(few, name))
    assert many.messages == few.messages
    assert many.requests_per_second == pytest.approx(many.requests / 600)
    with pytest.raises(LocalError, match="one client or more"):
        models.at_scale("long polling", 0, 1.0, 600.0)
    with pytest.raises(LocalError, match="'pigeons'"):
        models.at_scale("pigeons", 1, 1.0, 600.0)
