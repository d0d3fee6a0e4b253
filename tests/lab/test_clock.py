"""The virtual clock: time is exact, errors come out, and nothing of it is left behind."""

from __future__ import annotations

import ast
import asyncio
import datetime
import gc
import logging
import os
import random
import secrets
import subprocess
import sys
import textwrap
import threading
import time
import types
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import clock
from course_lib.lab.apps import short_polling
from course_lib.simulator.link import Conditions


def now() -> float:
    """Virtual seconds."""
    return asyncio.get_running_loop().time()


async def echo_server() -> tuple[asyncio.Server, int]:
    """Listen on a free port, send back what comes, close when the client does."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


# --- the clock


def test_a_year_of_sleep_takes_no_time_and_is_exact() -> None:
    """The clock is what the timer said, not a little more."""

    async def main() -> list[float]:
        woken = [now()]
        for seconds in (0.1, 3600, 0.1, 364 * 86_400):
            await asyncio.sleep(seconds)
            woken.append(now())
        return woken

    assert clock.simulate(main(), max_time=float("inf")) == [
        0.0,
        0.1,
        3600.1,
        3600.1 + 0.1,
        3600.1 + 0.1 + 364 * 86_400,
    ]


def test_every_clock_of_the_time_module_is_the_virtual_one() -> None:
    """It is midnight, the first of January 2026, when a simulation begins."""

    async def main() -> None:
        assert (now(), time.monotonic(), time.perf_counter()) == (0.0, 0.0, 0.0)
        assert time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()) == "2026-01-01 00:00:00"
        await asyncio.sleep(90)
        assert (now(), time.monotonic(), time.perf_counter()) == (90.0, 90.0, 90.0)
        assert time.time() == time.mktime(time.localtime()) == 1_767_225_690.0
        assert time.time_ns() == 1_767_225_690_000_000_000
        assert time.monotonic_ns() == time.perf_counter_ns() == 90_000_000_000
        assert time.gmtime(0).tm_year == 1970

    clock.simulate(main())


def test_a_blocking_sleep_makes_everybody_late() -> None:
    """As on a real loop: nothing else runs meanwhile."""

    async def main() -> tuple[float, float]:
        async def woken_at() -> float:
            await asyncio.sleep(1)
            return now()

        other = asyncio.create_task(woken_at())
        await asyncio.sleep(0)
        time.sleep(5)  # noqa: ASYNC251
        return now(), await other

    assert clock.simulate(main()) == (5.0, 5.0)


def test_a_blocking_sleep_in_an_executor_makes_nobody_else_late() -> None:
    """Functions given to `to_thread` run in line, each on a time of its own."""

    async def main() -> tuple[list[str], float, float]:
        def work(name: str) -> str:
            time.sleep(5)
            return f"{name} at {time.monotonic()}"

        started = asyncio.gather(asyncio.to_thread(work, "a"), asyncio.to_thread(work, "b"))
        await asyncio.sleep(1)
        meanwhile = now()
        return await started, meanwhile, now()

    assert clock.simulate(main()) == (["a at 5.0", "b at 5.0"], 1.0, 5.0)


def test_an_exception_in_an_executor_reaches_who_waits() -> None:
    """As from a thread."""

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 / 0)

    clock.simulate(main())


# --- results and mistakes


def test_the_result_is_returned_and_a_function_will_do() -> None:
    """`simulate(main())` and `simulate(main)` are the same; the latter is called inside."""

    async def main() -> float:
        return time.monotonic()

    assert clock.simulate(main()) == clock.simulate(main) == 0.0


def test_what_main_raises_is_raised_as_it_is() -> None:
    """Not wrapped, not logged."""

    async def main() -> None:
        await asyncio.sleep(1)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        clock.simulate(main())


def test_an_argument_that_cannot_be_run_is_refused() -> None:
    """At the call, and without a coroutine left behind."""

    async def main() -> None:
        """Never run."""

    with pytest.raises(LocalError, match="runs a coroutine"):
        clock.simulate(3)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="not both"):
        clock.simulate(main(), rtt=0.1, conditions=Conditions())


def test_network_is_for_simulations_only() -> None:
    """Outside of one there is none."""
    with pytest.raises(LocalError, match="simulate"):
        clock.network()


def test_a_deadlock_says_who_waits_for_what_and_where() -> None:
    """A line for each task: name, coroutine, the line it is at, and where it sleeps."""

    async def reader(queue: asyncio.Queue[str]) -> str:
        return await queue.get()

    async def main() -> None:
        task = asyncio.create_task(reader(asyncio.Queue()), name="the reader")
        await asyncio.sleep(3.25)
        await task

    with pytest.raises(clock.Deadlock) as caught:
        clock.simulate(main())
    first, *lines = str(caught.value).splitlines()
    here = "test_a_deadlock_says_who_waits_for_what_and_where.<locals>"
    line = main.__code__.co_firstlineno
    assert first == "at 3.25 s nothing is scheduled, and the main coroutine is not done."
    assert lines == [
        f"  main ({here}.main) at test_clock.py:{line + 3}: await task   for the reader",
        f"  the reader ({here}.reader) at test_clock.py:{line - 2}: return await queue.get()"
        "   in Queue.get",
    ]


def test_a_deadlock_on_a_stalled_link_says_so() -> None:
    """The reason is not in any task."""

    async def main() -> None:
        _, port = await echo_server()
        clock.network().conditions.stalled = True
        await asyncio.open_connection("127.0.0.1", port)

    with pytest.raises(clock.Deadlock, match=r"The link is stalled\."):
        clock.simulate(main())


def test_a_task_that_spins_is_named() -> None:
    """No time passes, so nobody who sleeps will ever run."""

    async def spin() -> None:
        while True:  # noqa: ASYNC110
            await asyncio.sleep(0)

    async def main() -> None:
        task = asyncio.create_task(spin(), name="spinner")
        await asyncio.sleep(1)
        task.cancel()

    with pytest.raises(clock.Runaway, match=r"at 0 s 1000 steps .* running: spinner\."):
        clock.simulate(main(), max_steps=1000)


def test_a_loop_that_waits_for_the_clock_is_named() -> None:
    """A virtual clock does not move while a coroutine looks at it."""

    async def main() -> None:
        await asyncio.sleep(2)
        while time.monotonic() < 3:
            pass

    with pytest.raises(clock.Runaway, match=r"at 2 s 1000 steps .* running: main\."):
        clock.simulate(main(), max_steps=1000)


def test_a_simulation_has_an_end_in_virtual_time() -> None:
    """Somebody always has something scheduled, so that it is no deadlock."""

    async def main() -> None:
        while True:  # noqa: ASYNC110
            await asyncio.sleep(60)

    with pytest.raises(clock.Runaway, match="the limit is 3600 s"):
        clock.simulate(main(), max_time=3600)


# --- what happens in the background


def test_an_exception_in_a_background_task_is_raised_at_the_end() -> None:
    """Even of a task that nobody kept."""

    async def fail() -> None:
        raise KeyError("background")

    async def main() -> None:
        asyncio.create_task(fail())  # noqa: RUF006
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as caught:
        clock.simulate(main())
    kinds = sorted(type(error).__name__ for error in caught.value.exceptions)
    assert kinds == ["KeyError", "ZeroDivisionError"]


def test_an_exception_of_main_comes_first_and_tells_of_the_others() -> None:
    """As notes."""

    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine") as caught:
        clock.simulate(main())
    notes = ["Also, in the background: ZeroDivisionError('division by zero')"]
    assert caught.value.__notes__ == notes


def test_background_exceptions_are_logged_where_one_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """`strict=False` is asyncio's own manner."""

    async def main() -> int:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)
        return 1

    with caplog.at_level(logging.ERROR, "asyncio"):
        assert clock.simulate(main(), strict=False) == 1
    assert "ZeroDivisionError" in caplog.text


def test_what_is_left_is_cancelled_in_the_order_of_its_making() -> None:
    """Tasks may clean up, and it may take them virtual time; generators are closed."""
    log: list[str] = []

    async def server(name: str) -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            await asyncio.sleep(1)
            log.append(f"{name} ended at {now()}")

    async def numbers() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            log.append("generator closed")

    async def main() -> None:
        tasks = [asyncio.create_task(server(name)) for name in "dcba"]
        generator = numbers()
        await anext(generator)
        await asyncio.sleep(5)
        log.append(f"{len(tasks)} tasks left")
        main.generator = generator  # type: ignore[attr-defined]

    clock.simulate(main())
    assert log == [
        "4 tasks left",
        *(f"{name} ended at 6.0" for name in "dcba"),
        "generator closed",
    ]


def test_a_task_that_fails_when_it_is_cancelled_is_reported() -> None:
    """As `asyncio.run` does, only louder."""

    async def stubborn() -> None:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            raise KeyError("in the middle") from None

    async def main() -> None:
        main.task = asyncio.create_task(stubborn())  # type: ignore[attr-defined]
        await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as caught:
        clock.simulate(main())
    assert [repr(error) for error in caught.value.exceptions] == ["KeyError('in the middle')"]


# --- what the machine does not have


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("add_signal_handler", (2, print)),
        ("subprocess_exec", (asyncio.SubprocessProtocol, "true")),
        ("create_unix_connection", (asyncio.Protocol, "/tmp/x")),
        ("create_datagram_endpoint", (asyncio.DatagramProtocol,)),
        ("add_reader", (0, print)),
        ("sock_sendall", (None, b"")),
    ],
)
def test_a_call_that_is_not_simulated_is_refused_by_name(
    name: str, arguments: tuple[Any, ...]
) -> None:
    """Also as `NotImplementedError`, which those who can do without expect."""

    async def main() -> None:
        with pytest.raises(clock.NotSimulated, match=name) as caught:
            await getattr(asyncio.get_running_loop(), name)(*arguments)
        assert isinstance(caught.value, NotImplementedError)

    clock.simulate(main())


def test_a_subprocess_is_refused_by_name() -> None:
    """Through the front door too."""

    async def main() -> None:
        with pytest.raises(clock.NotSimulated, match="subprocess_exec"):
            await asyncio.create_subprocess_exec("true")

    clock.simulate(main())


def test_a_call_from_another_thread_is_refused_by_name() -> None:
    """It would come at a moment that no seed decides; in this thread it is `call_soon`."""
    refused: list[BaseException] = []

    async def main() -> list[str]:
        loop = asyncio.get_running_loop()
        called: list[str] = []

        def other() -> None:
            try:
                loop.call_soon_threadsafe(called.append, "other")
            except RuntimeError as error:
                refused.append(error)
            except clock.NotSimulated as error:
                refused.append(error)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        loop.call_soon_threadsafe(called.append, "this")
        await asyncio.sleep(0)
        return called

    assert clock.simulate(main()) == ["this"]
    assert "call_soon_threadsafe" in str(refused[0])


# --- chance


async def throw_dice() -> list[object]:
    """Every source of chance that is replaced."""
    return [
        random.random(),
        random.Random().random(),
        random.SystemRandom().random(),
        secrets.token_hex(8),
        os.urandom(8),
        uuid.uuid4(),
    ]


def test_the_seed_decides_every_throw() -> None:
    """Same seed, same throws; another seed, others."""
    first = clock.simulate(throw_dice(), seed=1)
    random.random()
    assert clock.simulate(throw_dice(), seed=1) == first
    other = clock.simulate(throw_dice(), seed=2)
    assert not [one for one, two in zip(first, other, strict=True) if one == two]


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_put_back(fails: bool) -> None:
    """However the simulation ends."""
    names = [
        (time, "time monotonic perf_counter time_ns monotonic_ns perf_counter_ns sleep gmtime"),
        (os, "urandom"),
        (random, "_urandom seed"),
        (random.Random, "seed"),
    ]
    before = [getattr(where, name) for where, text in names for name in text.split()]
    random.seed(5)
    expected = random.Random(5).random()

    async def main() -> None:
        random.random()
        if fails:
            raise KeyError

    if fails:
        with pytest.raises(KeyError):
            clock.simulate(main())
    else:
        clock.simulate(main())
    assert [getattr(where, name) for where, text in names for name in text.split()] == before
    assert random.random() == expected
    assert gc.isenabled()
    assert asyncio.events._get_running_loop() is None


def test_other_threads_keep_their_time_and_their_entropy() -> None:
    """A kernel has threads of its own, whose timers must not jump."""
    seen: list[object] = []

    async def main() -> None:
        def other() -> None:
            seen.extend([time.monotonic(), time.time(), os.urandom(8)])

        await asyncio.sleep(1e6)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    before = time.monotonic(), time.time()
    clock.simulate(main())
    after = time.monotonic(), time.time()
    assert before[0] <= seen[0] <= after[0]  # type: ignore[operator]
    assert before[1] <= seen[1] <= after[1]  # type: ignore[operator]
    first = seen[2]
    seen.clear()
    clock.simulate(main())
    assert seen[2] != first


BUSY = """
import asyncio, random
from course_lib.lab import clock

async def busy():
    trace = []
    clock.network().watch(lambda *what: trace.append(what))

    async def answer(reader, writer):
        while data := await reader.read(1000):
            writer.write(data[:: random.choice((1, -1))] + str(random.random()).encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)

    async def ask(name):
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            while True:
                writer.write(name.encode())
                trace.append((asyncio.get_running_loop().time(), name, await reader.read(1000)))
                await asyncio.sleep(random.expovariate(2))
        finally:
            trace.append(("cancelled", name, asyncio.current_task().get_name()))
            writer.close()

    async def stop():
        await asyncio.sleep(20)
        raise LookupError

    try:
        async with asyncio.TaskGroup() as group:  # it keeps its tasks in a set
            for name in ("ada", "bob", "eve", "dan", "zoe"):
                group.create_task(ask(name))
            group.create_task(stop())
    except* LookupError:
        pass
    return trace

def run():
    return clock.simulate(busy(), seed=7, rtt=0.05, jitter=0.02, bandwidth=4000)
"""


def test_the_same_seed_gives_the_same_run_twice_in_one_process() -> None:
    """Bytes and times, with other allocations between, and tasks in a set."""
    space: dict[str, Any] = {}
    exec(BUSY, space)
    first = space["run"]()
    ballast = [[object() for _ in range(size)] for size in range(300)]
    del ballast[::2]
    second = space["run"]()
    assert len(first) > 300
    assert sum(what[0] == "cancelled" for what in first) == 5
    assert second == first


def test_the_same_seed_gives_the_same_run_under_two_hash_seeds() -> None:
    """In fresh processes."""
    program = BUSY + "\nimport hashlib\nprint(hashlib.sha256(repr(run()).encode()).hexdigest())\n"
    root = str(Path(__file__).parents[2])
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "0", "12345")
    ]
    space: dict[str, Any] = {}
    exec(program, space)
    assert runs[0] == runs[1] == runs[2]
    assert len(runs[0].strip()) == 64


def test_another_seed_gives_another_run() -> None:
    """Else the tests above would prove nothing."""
    space: dict[str, Any] = {}
    exec(BUSY, space)
    other = textwrap.dedent(BUSY).replace("seed=7", "seed=8")
    others: dict[str, Any] = {}
    exec(other, others)
    assert space["run"]() != others["run"]()


# --- inside a running loop


async def test_it_runs_inside_a_running_loop_and_leaves_it_as_it_was() -> None:
    """The outer loop, its task, its hooks and its timers."""
    loop, task, hooks = asyncio.get_running_loop(), asyncio.current_task(), sys.get_asyncgen_hooks()
    ticked = asyncio.Event()
    loop.call_later(0.001, ticked.set)

    async def main() -> tuple[object, str]:
        await asyncio.sleep(3600)
        current = asyncio.current_task()
        assert current is not None
        return asyncio.get_running_loop(), current.get_name()

    inner, name = clock.simulate(main())
    assert (inner is loop, name) == (False, "main")
    assert asyncio.get_running_loop() is loop
    assert asyncio.current_task() is task
    assert sys.get_asyncgen_hooks() == hooks
    await asyncio.wait_for(ticked.wait(), 60)
    async with asyncio.timeout(60):
        await asyncio.gather(asyncio.sleep(0), asyncio.to_thread(int))


async def test_a_callback_of_a_running_loop_can_simulate_too() -> None:
    """There the outer loop has no current task."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[float] = loop.create_future()

    async def main() -> float:
        await asyncio.sleep(5)
        return now()

    loop.call_soon(lambda: done.set_result(clock.simulate(main())))
    assert await done == 5.0


async def test_an_interrupt_inside_leaves_the_outer_loop_intact() -> None:
    """The interrupt button ends the simulation and not the kernel."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    log: list[str] = []

    async def other() -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            log.append("cleaned up")

    async def main() -> None:
        main.task = asyncio.create_task(other())  # type: ignore[attr-defined]
        await asyncio.sleep(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clock.simulate(main())
    assert log == ["cleaned up"]
    assert asyncio.get_running_loop() is loop
    assert asyncio.current_task() is task
    assert await asyncio.to_thread(lambda: 5) == 5


def test_it_runs_in_a_cell_with_top_level_await() -> None:
    """A kernel compiles a cell as a coroutine and runs it as a task of its loop."""
    cell = textwrap.dedent("""
        import asyncio
        from course_lib.lab import clock

        async def main():
            await asyncio.sleep(3600)
            return asyncio.get_running_loop().time()

        await asyncio.sleep(0)
        result = clock.simulate(main())
        await asyncio.sleep(0)
    """)
    code = compile(cell, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    space: dict[str, Any] = {}

    async def kernel() -> None:
        await types.FunctionType(code, space)()

    asyncio.run(kernel())
    assert space["result"] == 3600.0


def test_a_simulation_can_simulate() -> None:
    """Each has its own clock, and the outer one stands still."""

    async def inner() -> float:
        await asyncio.sleep(100)
        return time.monotonic()

    async def outer() -> tuple[float, float, float]:
        await asyncio.sleep(1)
        result = clock.simulate(inner())
        at = time.monotonic()
        await asyncio.sleep(1)
        return result, at, time.monotonic()

    assert clock.simulate(outer()) == (100.0, 1.0, 2.0)


def test_a_name_taken_in_a_simulation_is_the_real_one_afterwards() -> None:
    """A module that is first imported in a simulation keeps `from time import monotonic`."""

    async def take() -> Any:
        return time.monotonic, time.monotonic()

    monotonic, virtual = clock.simulate(take())
    assert virtual == 0.0
    assert time.monotonic() <= monotonic() <= time.monotonic()


async def dice() -> list[object]:
    """All that a simulation draws and reads, over an hour with an echo in it."""
    drawn: list[object] = []
    async with short_polling.Server() as server, short_polling.Client(server.url) as client:
        for _ in range(300):
            await asyncio.sleep(random.random() * 10)
            server.post(uuid.uuid4().hex)
            drawn += [await client.poll(), time.time(), secrets.token_hex(4)]
    return drawn


async def test_a_simulation_in_turns_has_the_result_of_one_at_once() -> None:
    """Meanwhile the loop outside has its own time, its own dice, and many turns."""
    at_once = clock.simulate(dice(), seed=3, rtt=0.1)
    random.seed(11)
    expected = [random.random() for _ in range(5)]
    random.seed(11)
    seen: list[float] = []
    turns = 0

    def between() -> None:
        assert isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
        assert abs(time.time() - datetime.datetime.now().timestamp()) < 5
        if len(seen) < 5:
            seen.append(random.random())

    async def outside() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(outside())
    in_turns = await clock.simulate_in_turns(dice(), seed=3, rtt=0.1, turn=0.0, between=between)
    task.cancel()
    assert in_turns == at_once
    assert seen == expected
    assert turns > 300


async def test_who_cancels_a_simulation_in_turns_lets_it_clean_up() -> None:
    """Its `finally` runs on its own clock."""
    ended: list[float] = []

    async def endless() -> None:
        try:
            for _ in range(10_000_000):
                await asyncio.sleep(1)
        finally:
            await asyncio.sleep(5)
            ended.append(asyncio.get_running_loop().time())

    task = asyncio.create_task(clock.simulate_in_turns(endless(), turn=0.01))
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(ended) == 1
    assert ended[0] % 1 == 0
    assert gc.isenabled()


async def test_what_fails_between_two_turns_ends_the_simulation() -> None:
    """And what fails within comes out."""

    async def hour() -> None:
        for _ in range(3600):
            await asyncio.sleep(1)

    async def broken() -> None:
        await asyncio.sleep(10)
        raise ValueError("inside")

    def fail() -> None:
        raise ValueError("outside")

    with pytest.raises(ValueError, match="outside"):
        await clock.simulate_in_turns(hour(), turn=0.0, between=fail)
    with pytest.raises(ValueError, match="inside"):
        await clock.simulate_in_turns(broken(), turn=0.0)
    with pytest.raises(clock.Deadlock, match="nothing is scheduled"):
        await clock.simulate_in_turns(asyncio.Event().wait, turn=0.0)
    assert asyncio.current_task() is not None
