"""What is said of the transports, held against the comparison that lesson 06 makes."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import compare

BOTH = ("long polling", "WebSocket")


def test_whether_websocket_is_faster_depends_on_rate_and_distance() -> None:
    """Half a round trip on both while messages are rare; the gap, when they come fast and far."""

    async def medians(rate: float, rtt: float) -> tuple[float, float]:
        runs = (await compare.compare(BOTH, rate=rate, rtt=rtt, record=False)).runs
        return runs[0].median, runs[1].median

    long, pushed = asyncio.run(medians(rate=1, rtt=0.05))
    assert long == pytest.approx(pushed) == pytest.approx(0.025)
    long, pushed = asyncio.run(medians(rate=40, rtt=0.05))
    assert long > 1.8 * pushed and pushed == pytest.approx(0.025)
    long, pushed = asyncio.run(medians(rate=40, rtt=0.002))
    assert long == pytest.approx(pushed) == pytest.approx(0.001)


def test_what_a_transport_adds_counts_for_small_messages_and_not_for_large_ones() -> None:
    """It is the same number of bytes, whatever the message has."""

    async def added(size: int) -> list[float]:
        one = await compare.compare(BOTH, rate=1, duration=20, size=size, record=False)
        return [run.bytes_per_message - size for run in one.runs]

    small, large = asyncio.run(added(32)), asyncio.run(added(50_000))
    assert small[0] > 2 * small[1] > 32
    for few, many in zip(small, large, strict=True):
        assert many == pytest.approx(few, abs=12)  # a length has more digits, a frame more bytes
        assert many < 0.01 * 50_000
