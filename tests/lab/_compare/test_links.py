"""The way between the ends is the same, whoever makes it."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import clock, compare, metrics
from course_lib.lab.apps import short_polling
from course_lib.net import http_client


def measured(name: str, *, proxied: bool) -> tuple[metrics.Run, int]:
    """Twenty messages at 100 ms; and how many connections that took."""

    async def main() -> tuple[metrics.Run, int]:
        schedule = metrics.poisson(4.0, 20, seed=2)
        measuring = compare.measure(compare.named(name, 0.5), schedule, rtt=0.1, clients=2)
        if not proxied:
            return await measuring, clock.network().connections_opened
        async with short_polling.Server() as other, http_client.Client() as http:
            await http.get(other.url)  # an open connection, which the link's rtt may not change
            return await measuring, clock.network().connections_opened - 1

    return clock.simulate(main())


@pytest.mark.parametrize("name", compare.TRANSPORTS)
def test_simulated_networks_need_no_proxy(name: str) -> None:
    """Half of the connections; the same latencies, requests and bytes."""
    direct, opened = measured(name, proxied=False)
    through, opened_through = measured(name, proxied=True)
    assert (opened, opened_through) == (2, 4)
    assert direct.latencies == pytest.approx(through.latencies)
    for fact in ("requests", "connections", "bytes_up", "bytes_down", "frames"):
        assert getattr(direct, fact) == getattr(through, fact), fact


def test_conditions_of_the_simulation_s_own_stay_and_count_too() -> None:
    """And those of a measurement are gone behind it."""

    async def twice() -> tuple[float, float]:
        run = await compare.measure(compare.long_polling(), [1.0], rtt=0.1)
        return run.median, clock.network().conditions.rtt

    assert clock.simulate(twice()) == (pytest.approx(0.05), 0.0)
    assert clock.simulate(twice(), rtt=0.4) == (pytest.approx(0.05 + 2 * 0.2), 0.4)


def test_readers_connect_at_once_and_leave_at_once() -> None:
    """Fifty handshakes take as long as one."""

    async def main() -> float:
        await compare.measure(compare.websocket(), [0.0], rtt=0.1, clients=50)
        return asyncio.get_running_loop().time()

    # TCP and 101, 0.2; the first questions, 0.35; the message, 0.05; the goodbyes, 0.1 or 0.15
    assert clock.simulate(main()) < 0.8
