"""The mailbox: a bounded log, read with a cursor, now or by waiting."""

from __future__ import annotations

import asyncio

import pytest

from course_lib.lab import clock
from course_lib.net import mailbox
from course_lib.net.mailbox import Batch, Mailbox


async def waiting(box: Mailbox, cursor: int, hold: float = 60.0) -> asyncio.Task[Batch]:
    """A task that is inside `take` when this returns."""
    task = asyncio.create_task(box.take(cursor, hold))
    await asyncio.sleep(0)
    return task


async def test_a_new_reader_gets_everything_and_the_cursor_to_ask_with_next():
    """Cursor 0 is "I have nothing"; the answer's cursor is "I have all of this"."""
    box = Mailbox()
    assert [box.put("하나"), box.put("둘")] == [1, 2]
    assert await box.take(0) == Batch(["하나", "둘"], 2, 0)
    assert await box.take(1) == Batch(["둘"], 2, 0)
    assert await box.take(2) == Batch([], 2, 0)


async def test_reading_removes_nothing_so_a_lost_answer_is_asked_for_again():
    """Two readers, and one reader twice, see the same messages."""
    box = Mailbox()
    box.put("a")
    assert [(await box.take(0)).messages for _ in range(3)] == [["a"]] * 3
    assert box.deliveries == 3


async def test_a_take_without_hold_never_waits():
    """Short polling: the coroutine ends without having suspended once."""
    step = Mailbox().take(0)
    with pytest.raises(StopIteration) as ended:
        step.send(None)
    assert ended.value.value == Batch([], 0, 0)


def test_reading_is_taking_without_a_wait_and_without_a_loop():
    """What is there, counted as `take` counts it; nothing is an answer."""
    box = mailbox.Mailbox(limit=2)
    assert box.read(0) == mailbox.Batch([], 0, 0)
    for message in "abc":
        box.put(message)
    assert box.read(0) == mailbox.Batch(["b", "c"], 3, 1)
    assert box.read(3) == mailbox.Batch([], 3, 0)
    assert box.deliveries == 2


async def test_a_take_with_hold_does_not_wait_for_what_is_there():
    """Long polling answers at once when something is newer than the cursor."""
    box = Mailbox()
    box.put("a")
    step = box.take(0, 25)
    with pytest.raises(StopIteration) as ended:
        step.send(None)
    assert ended.value.value == Batch(["a"], 1, 0)


async def test_one_put_wakes_every_waiter_once():
    """A hundred waiters, one message: a hundred deliveries and nobody left waiting."""
    box = Mailbox()
    tasks = [await waiting(box, 0) for _ in range(100)]
    assert box.waiters == 100
    box.put("hello")
    assert box.waiters == 0
    assert await asyncio.gather(*tasks) == [Batch(["hello"], 1, 0)] * 100
    assert box.deliveries == 100


async def test_messages_put_before_the_waiter_runs_arrive_in_one_batch():
    """The waiter reads the log when it runs, not the message that woke it."""
    box = Mailbox()
    task = await waiting(box, 0)
    for message in "abc":
        box.put(message)
    assert await task == Batch(["a", "b", "c"], 3, 0)


async def test_waiters_at_different_cursors_get_what_each_one_lacks():
    """One put answers all; each batch starts after its own cursor."""
    box = Mailbox()
    box.put("old")
    late, fresh = await waiting(box, 1), await waiting(box, 7)
    assert await fresh == Batch(["old"], 1, 0)  # 7 was never given out: it reads as 0
    box.put("new")
    assert await late == Batch(["new"], 2, 0)


async def test_an_empty_hold_is_an_answer_and_no_error():
    """After `hold` seconds without a message the batch is empty and the cursor is the same."""
    box = Mailbox()
    assert await box.take(0, 0.01) == Batch([], 0, 0)
    assert (box.waiters, box.deliveries) == (0, 0)


def test_a_hold_lasts_as_long_as_it_says_and_a_message_ends_it():
    """On a virtual clock: 25 s without a message, 10 s with one after 10 s."""

    async def main() -> list[tuple[float, int]]:
        loop, box = asyncio.get_running_loop(), Mailbox()
        first = await box.take(0, 25)
        waited = loop.time()
        loop.call_later(10, box.put, "hello")
        second = await box.take(first.cursor, 25)
        return [(waited, len(first.messages)), (loop.time() - waited, len(second.messages))]

    assert clock.simulate(main()) == [(25, 0), (10, 1)]


async def test_a_message_that_comes_in_the_very_turn_of_the_timeout_is_returned(monkeypatch):
    """The deadline passes and a message is put before the waiter runs: it is not left behind."""

    class Expired(asyncio.Timeout):
        def _on_timeout(self) -> None:
            box.put("just in time")
            super()._on_timeout()

    monkeypatch.setattr(
        mailbox.asyncio, "timeout", lambda s: Expired(asyncio.get_running_loop().time() + s)
    )
    box = Mailbox()
    assert await box.take(0, 0.001) == Batch(["just in time"], 1, 0)


async def test_a_cancelled_waiter_is_gone_and_no_delivery():
    """The peer left: nothing is counted, and the cancellation is not swallowed."""
    box = Mailbox()
    task = await waiting(box, 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert box.waiters == 0
    box.put("nobody is here")
    assert box.deliveries == 0


async def test_a_waiter_cancelled_after_the_put_woke_it_is_no_delivery():
    """Cancelled between being woken and running: it returned nothing, so nothing is counted."""
    box = Mailbox()
    gone, here = await waiting(box, 0), await waiting(box, 0)
    box.put("a")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await here == Batch(["a"], 1, 0)
    assert (box.waiters, box.deliveries) == (0, 1)


async def test_a_reader_who_fell_behind_the_log_is_told_how_many_it_missed():
    """The log keeps `limit` messages; older ones are counted, not hidden."""
    box = Mailbox(limit=3)
    for number in range(1, 8):
        box.put(number)
    assert await box.take(0) == Batch([5, 6, 7], 7, 4)
    assert await box.take(3) == Batch([5, 6, 7], 7, 1)
    assert await box.take(4) == Batch([5, 6, 7], 7, 0)
    assert await box.take(6) == Batch([7], 7, 0)


async def test_a_flood_while_a_waiter_sleeps_is_counted_as_missed():
    """Two hundred thousand messages, none of them asked for: the log stays at its limit."""
    box = Mailbox(limit=1000)
    task = await waiting(box, 0)
    for number in range(200_000):
        box.put(number)
    batch = await task
    assert (batch.messages[0], len(batch.messages)) == (199_000, 1000)
    assert (batch.cursor, batch.missed) == (200_000, 199_000)


@pytest.mark.parametrize("cursor", [-1, 3, 10**30])
async def test_a_cursor_that_was_never_given_out_reads_as_zero(cursor):
    """The server restarted with a new log: the reader gets all of it and a cursor that fits."""
    box = Mailbox()
    box.put("a"), box.put("b")
    assert await box.take(cursor) == Batch(["a", "b"], 2, 0)


async def test_a_cursor_from_before_a_restart_waits_on_an_empty_log():
    """Nothing is there yet; the first message of the new log answers."""
    box = Mailbox()
    task = await waiting(box, 57)
    box.put("first")
    assert await task == Batch(["first"], 1, 0)


def test_a_mailbox_that_keeps_nothing_is_refused():
    """limit=0 would wake readers for messages that are gone."""
    with pytest.raises(ValueError, match="limit=0"):
        Mailbox(limit=0)
