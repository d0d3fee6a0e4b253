"""Run asyncio code on a virtual clock and a network in memory: an hour passes at once.

Lesson 02 on.  Builds on: `lab.simulator` and `lab.conditioner`.

    result = simulate(main(), rtt=0.05)

                     your coroutine, your server, your client, anybody's library
    asyncio's calls  ----------------------------------------------------------------------------
                     simulate: create_server, create_connection, loop.time(), sleep, call_later
                       | time jumps to the next thing due | bytes go through `conditioner.Link`s

New here: measurements that do not depend on the machine.  Latencies are exact, a run takes as
long as its computing takes, and the same seed gives the same run (`lab.simulator.chance` says what
is replaced to that end, and what cannot be).  It is an ordinary function, and works inside a
running loop too, as in a notebook's cell: that loop stands still meanwhile.

What goes wrong comes out of `simulate`: the coroutine's own exception, or those of its background
tasks as an `ExceptionGroup`; `Deadlock` when nothing can happen any more; `Runaway` when no end is
in sight; `NotSimulated` for what the simulated machine does not have.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import sys
from asyncio import events
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from ..errors import LocalError
from .conditioner import Conditions
from .simulator import chance
from .simulator import network as simulated_network
from .simulator.loop import Deadlock, Runaway, SimulatedLoop
from .simulator.net_calls import NotSimulated

__all__ = ["Deadlock", "NotSimulated", "Runaway", "network", "simulate"]

T = TypeVar("T")
Main = Coroutine[Any, Any, T] | Callable[[], Coroutine[Any, Any, T]]

MONTH = 30 * 86_400.0
TIME_TO_FINISH = 3600.0  # virtual seconds that cancelled tasks have to clean up


def simulate(
    main: Main[T],
    *,
    seed: object = 0,
    rtt: float = 0.0,
    jitter: float = 0.0,
    bandwidth: float | None = None,
    conditions: Conditions | None = None,
    limit: int = 262_144,
    max_time: float = MONTH,
    max_steps: int = 1_000_000,
    strict: bool = True,
) -> T:
    """Run `main` (a coroutine, or a function that makes one) to its end; return its result.

    Every connection has the given `conditions`, or those of `rtt`, `jitter` (seconds) and
    `bandwidth` (bytes a second, each way); `limit` bounds the bytes under way in one direction.

    When `main` is done, tasks that are left are cancelled, and connections that are open are reset.
    An exception in a background task is raised then, in an `ExceptionGroup`, unless `strict` is
    False (they are logged, as on any loop).  `max_time` bounds virtual time, and `max_steps` the
    turns of the loop, and looks at the clock, while no time passes: `Runaway` names the task.

    >>> async def nap():
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> simulate(nap())
    3600.0
    """
    _check(main, conditions is not None and bool(rtt or jitter or bandwidth is not None))
    conditions = conditions or Conditions(rtt, jitter, bandwidth)
    with _outer_loop_aside(), chance.collected():
        loop = SimulatedLoop(
            conditions, seed=seed, limit=limit, max_time=max_time, max_steps=max_steps
        )
        with contextlib.closing(loop), chance.replaced(loop, seed):
            return _run(loop, main, strict)


def _check(main: object, twice: bool) -> None:
    if not (inspect.iscoroutine(main) or callable(main)):
        raise LocalError(f"simulate() runs a coroutine, or a function that makes one: {main!r}")
    if twice:
        if inspect.iscoroutine(main):
            main.close()
        raise LocalError("give simulate() conditions, or rtt, jitter and bandwidth, not both")


def network() -> simulated_network.Network:
    """The network of the simulation that is running: its bytes, its connections, its conditions.

    `LocalError` outside of a simulation.
    """
    loop = events._get_running_loop()
    if not isinstance(loop, SimulatedLoop):
        raise LocalError("network() is for code that runs under simulate()")
    return loop.network


@contextlib.contextmanager
def _outer_loop_aside() -> Iterator[None]:
    """Inside a running loop: make this thread forget it, and remember it at the end."""
    outer = events._get_running_loop()
    task = None if outer is None else asyncio.current_task(outer)
    hooks = sys.get_asyncgen_hooks()
    if outer is not None and task is not None:
        asyncio.tasks._leave_task(outer, task)
    events._set_running_loop(None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*hooks)
        events._set_running_loop(outer)
        if outer is not None and task is not None:
            asyncio.tasks._enter_task(outer, task)


def _run(loop: SimulatedLoop, main: Main[T], strict: bool) -> T:
    errors: list[Exception] = []
    if strict:
        loop.set_exception_handler(lambda _, context: errors.extend(_errors(context)))
    try:
        coroutine = main() if callable(main) else main
        result: T = loop.run_until_complete(loop.create_task(coroutine, name="main"))
    except BaseException as error:
        _finish(loop, errors)
        for other in errors:
            error.add_note(f"Also, in the background: {other!r}")
        raise
    _finish(loop, errors)
    if errors:
        raise ExceptionGroup("the simulation's background tasks failed", errors)
    return result


def _errors(context: dict[str, Any]) -> list[Exception]:
    """What a loop's exception handler is told, as exceptions: one, or none for a cancellation.

    (Up to Python 3.11 asyncio's streams report that a connection's task was cancelled.)
    """
    error = context.get("exception")
    if isinstance(error, asyncio.CancelledError):
        return []
    if not isinstance(error, Exception):
        rest = {key: value for key, value in context.items() if key != "message"}
        return [RuntimeError(f"{context['message']} {rest}")]
    error.add_note(f"asyncio reports: {context['message']}")
    return [error]


def _finish(loop: SimulatedLoop, errors: list[Exception]) -> None:
    """Cancel what is left, as `asyncio.run` does, and let every finalizer say what it has to."""
    loop.max_time = loop.time() + TIME_TO_FINISH
    try:
        loop.run_until_complete(_cancel_tasks(loop))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.network.close()
        for _ in range(3):  # connection_lost, and under TLS one more, and those who waited for it
            loop.run_until_complete(asyncio.sleep(0))
    except (Deadlock, Runaway) as error:
        error.add_note("This happened while the simulation was cleaning up.")
        errors.append(error)
    gc.collect()


async def _cancel_tasks(loop: SimulatedLoop) -> None:
    tasks = [task for task in loop.tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a task failed when it was cancelled", "exception": error}
            loop.call_exception_handler({**context, "task": task})
