"""Open-loop load and the recorder, on a clock that jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from statistics import fmean

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock, metrics


class _Jump(asyncio.SelectorEventLoop):
    """An event loop whose clock goes straight to the next timer when nothing else is to do."""

    _offset = 0.0

    def time(self) -> float:
        return self._offset

    def _run_once(self) -> None:
        timers = [t for t in self._scheduled if not t.cancelled()]  # type: ignore[attr-defined]
        if timers and not self._ready:  # type: ignore[attr-defined]
            self._offset = max(self._offset, min(timer.when() for timer in timers))
        super()._run_once()  # type: ignore[misc]


@pytest.fixture
def jump() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=_Jump) as runner:
        yield runner


def test_steady_times_are_evenly_spaced_and_start_at_once() -> None:
    """Four a second: every quarter of a second."""
    assert metrics.steady(4, 5) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_poisson_times_have_the_rate_and_no_memory_of_another_seed() -> None:
    """Same seed, same schedule; gaps have the mean, and the spread of the mean, of 1 / rate."""
    times = metrics.poisson(20, 4000, seed=7)
    assert times == metrics.poisson(20, 4000, seed=7) != metrics.poisson(20, 4000, seed=8)
    gaps = [b - a for a, b in zip([0.0, *times], times, strict=False)]
    assert fmean(gaps) == pytest.approx(0.05, rel=0.05)
    assert fmean(gap * gap for gap in gaps) == pytest.approx(2 * 0.05**2, rel=0.1)


@pytest.mark.parametrize(("rate", "count"), [(0, 1), (-1, 1), (1, -1)])
def test_a_schedule_without_a_rate_is_refused(rate: float, count: int) -> None:
    """Our own mistake, said at the call."""
    for make in (metrics.steady, metrics.poisson):
        with pytest.raises(LocalError, match="rate above 0"):
            make(rate, count)


def test_a_late_answer_does_not_delay_the_next_question(jump: asyncio.Runner) -> None:
    """The second answer takes five seconds; the third and fourth are asked on time all the same."""
    took = [0.1, 5.0, 0.1, 0.1]
    deliveries = jump.run(metrics.open_loop([0, 1, 2, 3], lambda i: asyncio.sleep(took[i])))
    assert [d.sent for d in deliveries] == pytest.approx([0, 1, 2, 3], abs=1e-6)
    assert [d.latency for d in deliveries] == pytest.approx(took, abs=1e-6)


def test_latency_counts_from_due_even_when_the_loop_was_busy(jump: asyncio.Runner) -> None:
    """A question that blocks the loop for 3 s makes the next late, and its latency says so."""

    async def ask(index: int) -> None:
        if index == 0:
            asyncio.get_running_loop()._offset += 3.0  # type: ignore[attr-defined]
        await asyncio.sleep(0.5)

    deliveries = jump.run(metrics.open_loop([0, 1], ask))
    assert deliveries[1].sent == pytest.approx(3.0)
    assert deliveries[1].latency == pytest.approx(2.5)
    assert metrics.Run("r", deliveries).lateness == pytest.approx(2.0)


def test_what_fails_stays_in_the_list_as_lost(jump: asyncio.Runner) -> None:
    """An error, a question that takes too long and one that is cancelled by its peer: all count."""

    async def ask(index: int) -> None:
        if index == 1:
            raise ConnectionResetError("peer is gone")
        if index == 2:
            await asyncio.Event().wait()
        if index == 3:
            raise asyncio.CancelledError

    deliveries = jump.run(metrics.open_loop([0, 1, 2, 3, 4], ask, patience=2.0))
    assert [d.arrived is None for d in deliveries] == [False, True, True, True, False]
    errors = ["", "ConnectionResetError: peer is gone", "TimeoutError", "cancelled", ""]
    assert [d.error for d in deliveries] == errors
    assert metrics.Run("r", deliveries).percentile(100) == float("inf")


def test_the_schedule_needs_no_order_and_the_answer_keeps_it(jump: asyncio.Runner) -> None:
    """Delivery number i belongs to due time number i."""
    asked: list[int] = []

    async def ask(index: int) -> None:
        asked.append(index)

    deliveries = jump.run(metrics.open_loop([2, 0, 1], ask))
    assert asked == [1, 2, 0]
    assert [d.due for d in deliveries] == [2, 0, 1]


async def test_cancelling_the_load_cancels_its_questions() -> None:
    """No task outlives `open_loop`; the questions see the cancellation."""
    asking, ended = asyncio.Event(), []

    async def ask(index: int) -> None:
        asking.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(index)

    load = asyncio.create_task(metrics.open_loop([0, 0, 3600], ask))
    await asking.wait()
    load.cancel()
    with pytest.raises(asyncio.CancelledError):
        await load
    assert sorted(ended) == [0, 1]


def test_the_recorder_measures_from_put_to_arrival(jump: asyncio.Runner) -> None:
    """Two receivers, one of them slower and missing a message; the missing one is lost."""

    async def scenario() -> metrics.Run:
        recorder = metrics.Recorder("kim", "lee")
        loop = asyncio.get_running_loop()

        def post(text: str) -> None:
            loop.call_later(0.25, recorder.arrived, "kim", text)
            if text != "message 1":
                loop.call_later(0.5, recorder.arrived, "lee", text.encode())

        await asyncio.sleep(7.0)
        await recorder.deliver([2.0, 1.0, 3.0], post)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10.0):
                await recorder.settled()
        return recorder.run("two", bytes_up=1, rtt=0.05)

    run = jump.run(scenario())
    seen = [(d.receiver, d.payload, d.due, d.latency) for d in run.deliveries]
    assert seen == [
        ("kim", b"message 0", pytest.approx(8.0), pytest.approx(0.25)),
        ("lee", b"message 0", pytest.approx(8.0), pytest.approx(0.5)),
        ("kim", b"message 1", pytest.approx(9.0), pytest.approx(0.25)),
        ("lee", b"message 1", pytest.approx(9.0), float("inf")),
        ("kim", b"message 2", pytest.approx(10.0), pytest.approx(0.25)),
        ("lee", b"message 2", pytest.approx(10.0), pytest.approx(0.5)),
    ]
    assert (run.label, run.lost, run.bytes_up) == ("two", 1, 1)
    assert run.duration == pytest.approx(20.0)
    assert run.details == {"rtt": 0.05}


async def test_settled_returns_when_the_last_one_has_it() -> None:
    """Also at once, when nothing is missing; and a later message makes it wait again."""
    recorder = metrics.Recorder()
    await recorder.settled()
    recorder.put("안녕")
    waiting = asyncio.create_task(recorder.settled())
    await asyncio.sleep(0)
    assert not waiting.done()
    recorder.arrived("", "안녕")
    await waiting
    assert recorder.run("r").delivered == 1


async def test_duplicates_and_strangers_are_noted_and_change_nothing() -> None:
    """The first arrival counts; a message of somebody else is not ours to measure."""
    recorder = metrics.Recorder("kim")
    recorder.put("a")
    recorder.arrived("kim", "a")
    first = recorder.run("r").deliveries[0].arrived
    recorder.arrived("kim", "a")
    recorder.arrived("kim", "b")
    run = recorder.run("r")
    assert run.deliveries[0].arrived == first
    assert run.details == {"duplicates": 1, "strangers": 1}


async def test_the_recorder_refuses_what_it_could_not_tell_apart() -> None:
    """The same text twice, or a receiver nobody announced."""
    recorder = metrics.Recorder("kim")
    recorder.put("a")
    with pytest.raises(LocalError, match="twice"):
        recorder.put("a")
    with pytest.raises(LocalError, match="no receiver 'lee'"):
        recorder.arrived("lee", "a")


def test_exchanges_are_counted_with_the_empty_ones(jump: asyncio.Runner) -> None:
    """Requests and empty answers come from the exchanges unless the caller counted better."""

    async def scenario() -> tuple[metrics.Run, metrics.Run]:
        recorder = metrics.Recorder("kim")
        for messages in (0, 2, 0):
            asked = recorder.now()
            await asyncio.sleep(0.5)
            recorder.exchange(asked, messages, "kim")
        return recorder.run("r"), recorder.run("r", requests=7)

    run, counted = jump.run(scenario())
    assert run.exchanges[1] == metrics.Exchange(pytest.approx(0.5), pytest.approx(1.0), 2, "kim")
    assert (run.requests, run.empty, counted.requests) == (3, 2, 7)
    assert run.empty_share == pytest.approx(2 / 3)


def test_a_schedule_does_not_touch_the_global_random_numbers() -> None:
    """A learner's own seed stays theirs."""
    random.seed(1)
    expected = random.random()
    random.seed(1)
    metrics.poisson(1, 100, seed=3)
    assert random.random() == expected


def test_a_schedule_that_is_cancelled_in_the_turn_of_a_due_time_reports_nothing() -> None:
    """The timer has run, and what it would wake is gone."""

    async def cancelled_just_then() -> None:
        loop = asyncio.get_running_loop()
        recorder = metrics.Recorder()
        work = loop.create_task(recorder.deliver([1.0], lambda text: None))
        loop.call_at(1.0, work.cancel)
        loop.call_at(1.0, lambda: None)
        await asyncio.wait([work])
        assert work.cancelled()

    clock.simulate(cancelled_just_then())  # what goes wrong in the background is raised
