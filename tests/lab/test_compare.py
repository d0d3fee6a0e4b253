"""A measurement counts what happened, and what did not."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import clock, compare, metrics, models

RTTS = (0.010, 0.050, 0.200)


@pytest.mark.parametrize("rtt", RTTS)
@pytest.mark.parametrize("pause", [False, True], ids=["period", "pause"])
@pytest.mark.parametrize("interval", [0.25, 1.0])
def test_short_polling_is_as_late_as_the_model_says(
    interval: float, pause: bool, rtt: float
) -> None:
    """Within 10 % at the median."""
    schedule = metrics.steady(rate=16.18, count=320)
    run = clock.simulate(compare.measure(compare.short_polling(interval, pause), schedule, rtt=rtt))
    model = models.of(run)
    assert model is not None
    assert run.median == pytest.approx(model.median, rel=0.1)
    assert run.requests / run.duration == pytest.approx(model.requests_per_second, rel=0.1)


@pytest.mark.parametrize("rtt", RTTS)
@pytest.mark.parametrize("rate", [0.5, 40])
def test_long_polling_is_as_late_as_the_model_says(rate: float, rtt: float) -> None:
    """Within 10 % at the median, in both regimes."""
    schedule = metrics.poisson(rate=rate, count=200, seed=4)
    run = clock.simulate(compare.measure(compare.long_polling(), schedule, rtt=rtt))
    model = models.long_polling(rtt, rate)
    assert run.median == pytest.approx(model.median, rel=0.1)
    assert run.percentile(100) <= 1.5 * rtt + 1e-6


def test_a_quiet_minute_of_short_polling_is_mostly_empty_answers() -> None:
    """Three messages, sixty answers, one connection."""
    run = clock.simulate(
        compare.measure(compare.short_polling(1.0), [7.3, 21.8, 48.4], duration=60, rtt=0.05)
    )
    assert (run.requests, run.empty, run.connections) == (60, 57, 1)
    assert run.delivered == 3
    assert run.bytes_up + run.bytes_down > 100 * run.payload_bytes


def test_every_client_gets_every_message_and_costs_its_share() -> None:
    """Requests and bytes grow with the readers."""
    one, ten = (
        clock.simulate(
            compare.measure(compare.short_polling(1.0), [2.2, 5.7], duration=10, clients=clients)
        )
        for clients in (1, 10)
    )
    assert (one.delivered, ten.delivered) == (2, 20)
    assert ten.requests == 10 * one.requests
    assert ten.bytes_down == 10 * one.bytes_down
    assert ten.connections == 10


def test_what_did_not_arrive_counts_as_lost() -> None:
    """A reader that asks once an hour has nothing when the patience is over."""
    run = clock.simulate(compare.measure(compare.short_polling(3600.0), [1.0, 2.0], patience=30))
    assert (run.delivered, run.lost) == (0, 2)
    assert run.median == float("inf")


def test_the_same_seed_gives_the_same_run() -> None:
    """To the last digit."""

    def again() -> metrics.Run:
        schedule = metrics.poisson(rate=5, count=50, seed=1)
        return clock.simulate(compare.measure(compare.long_polling(), schedule, rtt=0.05))

    assert again() == again()


async def test_a_reader_that_fails_ends_the_measurement_with_its_error() -> None:
    """It does not go on with one reader fewer."""

    class Broken:
        polls = 0

        async def poll(self) -> list[str]:
            self.polls += 1
            raise ValueError("broken")

        async def messages(self):  # type: ignore[no-untyped-def]
            while True:
                for text in await self.poll():
                    yield text

        async def __aenter__(self) -> Broken:
            return self

        async def __aexit__(self, *_: object) -> None:
            pass

    transport = compare.long_polling()
    transport.client = lambda url: Broken()  # type: ignore[assignment]
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(compare.measure(transport, [0.1], patience=1), 5)
    assert caught.group_contains(ValueError, match="broken")
