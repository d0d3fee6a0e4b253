"""Run asyncio code on a virtual clock and a network in memory: a virtual hour takes no real time.

Lesson 02 on.  Builds on: `simulator` and `simulator.link`.

    result = simulate(main(), rtt=0.05)

                     your coroutine, your server, your client, anybody's library
    asyncio's calls  ----------------------------------------------------------------------------
                     simulate: create_server, create_connection, loop.time(), sleep, call_later
                       | time jumps to the next thing due | bytes go through a `link.Link`

New here: measurements that do not depend on the machine.  Latencies are exact, a run takes as
long as its computing takes, and the same seed gives the same run (`simulator.chance` says what
is replaced to that end, and what cannot be).  It is an ordinary function, and works inside a
running loop too, as in a notebook's cell: that loop is blocked meanwhile, unless you
`await simulate_in_turns(…)`.

`simulate` raises what goes wrong: the coroutine's own exception, or those of its background tasks
as an `ExceptionGroup`; `Deadlock` when nothing can happen any more; `Runaway` beyond a limit on
time or steps; `NotSimulated` for what the simulated machine does not have.
"""

from __future__ import annotations

import asyncio
import inspect
from asyncio import events
from collections.abc import Callable
from typing import TypeVar

from ..errors import LocalError
from ..simulator import chance, run
from ..simulator import network as simulated_network
from ..simulator.link import Conditions
from ..simulator.loop import Deadlock, NotSimulated, Runaway, SimulatedLoop

__all__ = ["Deadlock", "NotSimulated", "Runaway", "network", "simulate", "simulate_in_turns"]

T = TypeVar("T")

MONTH = 30 * 86_400.0


def simulate(
    main: run.Main[T],
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
    False (they are logged, as on any loop).  `max_time` bounds virtual time.  `max_steps` bounds
    the loop's iterations and calls of `time()` at one moment.  Beyond either, `Runaway` names the
    task.

    >>> async def nap():
    ...     await asyncio.sleep(3600)
    ...     return asyncio.get_running_loop().time()
    >>> simulate(nap())
    3600.0
    """
    one = run.Simulation(main, seed, _conditions(main, conditions, rtt, jitter, bandwidth), strict)
    with (
        run.outer_loop_aside(),
        chance.collected(),
        one.opened(limit, max_time, max_steps),
        one.replaced,
    ):
        one.go_on()
        return one.result()


async def simulate_in_turns(
    main: run.Main[T],
    *,
    turn: float = 0.05,
    between: Callable[[], object] | None = None,
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
    """`simulate` for long simulations: the loop that awaits it runs every `turn` real seconds.

    The result of the simulation is the same.  `between()` is called each time, outside of the
    simulation.  When this is cancelled, so is the simulation, which may clean up.
    """
    one = run.Simulation(main, seed, _conditions(main, conditions, rtt, jitter, bandwidth), strict)
    with chance.collected(), one.opened(limit, max_time, max_steps):
        while True:
            with run.outer_loop_aside(), one.replaced:
                if one.go_on(turn):
                    return one.result()
            try:
                if between is not None:
                    between()
                await asyncio.sleep(0)
            except BaseException:
                with run.outer_loop_aside(), one.replaced:
                    one.give_up()
                raise


def _conditions(
    main: object, given: Conditions | None, rtt: float, jitter: float, bandwidth: float | None
) -> Conditions:
    _check(main, given is not None and bool(rtt or jitter or bandwidth is not None))
    return given or Conditions(rtt, jitter, bandwidth)


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
