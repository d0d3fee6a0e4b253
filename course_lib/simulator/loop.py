"""An asyncio event loop whose clock jumps to the next timer.

Builds on: `net_calls`, `chance`, `waiting`.  Used by: `run`, `lab.clock`.

    run what is ready -> nothing is ready? -> the clock IS now the time of the earliest timer -> run
                                          \\-> no timer? Deadlock, with what each task waits for

New here: to asyncio a loop is a clock, a heap of timers, a queue of what is ready, and a selector
that sleeps until a socket is ready.  `BaseEventLoop` has the first three; a selector that moves the
clock instead of sleeping is all it takes to make an hour pass at once.

The hash of a task is its number, so a `set` of tasks (a `TaskGroup` has one) has the same order in
every run.  Functions given to an executor run at once, in line; the time for which they sleep
passes only for the task that awaits them.

Left out, and refused: calls from another thread.
"""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import time
import weakref
from collections import deque
from collections.abc import Coroutine, Iterator
from typing import Any, NoReturn, TypeVar

from ..errors import CourseError
from . import chance, net_calls, waiting
from .link import Conditions

T = TypeVar("T")

REAL_CLOCK = time.perf_counter  # the real one, before `chance` replaces it
COLLECT_EVERY = 50_000  # reads of the clock between garbage collections (see `_move_to`)
COLLECT_ALL = 10  # every so many collections, one is full (of all generations)


class Deadlock(CourseError):
    """Nothing is scheduled, but `main` has not finished.  Says what each task waits for."""


class Runaway(CourseError):
    """The simulation went past its limit of time, or of steps in which no time passes."""


class NumberedTask(asyncio.Task[T]):
    """A task whose hash does not depend on where it is in memory."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], *, number: int, **options: Any) -> None:
        self.number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class InOrder:
    """A weak set that remembers the order in which its members came."""

    def __init__(self) -> None:
        self._members: weakref.WeakKeyDictionary[Any, None] = weakref.WeakKeyDictionary()

    def add(self, member: Any) -> None:
        """Append it."""
        self._members[member] = None

    def discard(self, member: Any) -> None:
        """Remove it if it is there."""
        self._members.pop(member, None)

    def clear(self) -> None:
        """Remove all."""
        self._members.clear()

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)


class JumpingSelector:
    """Moves the clock where a real selector sleeps until a socket is ready."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        """`None`: nothing is scheduled.  Zero: something is ready.  Else: jump."""
        loop = self._loop
        if timeout is None:
            raise Deadlock(loop.report("nothing is scheduled, and the main coroutine is not done"))
        loop.turn(moves=timeout > 0)
        return ()


class SimulatedLoop(net_calls.NetworkLoop):
    """One simulation's loop.  `loop.network` is its network."""

    _clock_resolution: float
    _scheduled: list[asyncio.TimerHandle]
    _ready: deque[asyncio.Handle]

    def __init__(
        self, conditions: Conditions, *, seed: object, limit: int, max_time: float, max_steps: int
    ) -> None:
        self._now = 0.0
        self._steps = 0  # iterations and reads of the clock since it last moved
        self._looks = self._collections = 0  # reads since the last collection; collections
        super().__init__(conditions, limit=limit, random=chance.stream(seed, "link"))
        self.max_time, self.max_steps = max_time, max_steps
        self._pause_at, self._in_go_on = math.inf, False  # on the real clock; whether `go_on` runs
        self._thread = threading.get_ident()
        self._selector = JumpingSelector(self)
        self._asyncgens = InOrder()
        self._task_count = 0
        self._clock_resolution = math.ulp(0.0)

    # --- the clock

    def time(self) -> float:
        """Virtual seconds since the simulation began."""
        self._steps += 1
        if self._steps > self.max_steps:  # a busy loop waits for the clock, without an await
            self._run_away(f"{self.max_steps} steps without time passing")
        return self._now

    def sleep(self, seconds: float) -> None:
        """`time.sleep` in a simulation: the clock moves, and no task runs meanwhile."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._move_to(self._now + seconds)

    def turn(self, *, moves: bool) -> None:
        """Called in each iteration of the loop: if nothing is ready, jump to the earliest timer."""
        if moves:
            self._move_to(self._scheduled[0].when())
        if self._now > self.max_time:
            self._run_away(f"the limit is {self.max_time:.0f} s of virtual time")
        self.time()
        if self._pause_at < math.inf and REAL_CLOCK() >= self._pause_at:
            self.stop()  # virtual time stands still until `go_on`

    def go_on(self, task: asyncio.Task[Any], seconds: float = math.inf) -> bool:
        """Run until `task` is done, or for so many real seconds.  Return whether it is done."""
        self._pause_at, self._in_go_on = REAL_CLOCK() + seconds, True
        task.add_done_callback(self._over)
        try:
            self.run_forever()
        finally:
            self._pause_at, self._in_go_on = math.inf, False
            task.remove_done_callback(self._over)
        return task.done()

    def _over(self, task: asyncio.Task[Any]) -> None:
        # KeyboardInterrupt ends the loop by itself; and `go_on` may have returned before this call.
        error = None if task.cancelled() else task.exception()
        if self._in_go_on and not isinstance(error, SystemExit | KeyboardInterrupt):
            self.stop()

    def report(self, what: str) -> str:
        """`what` happened at what time, and what each task waits for."""
        lines = [f"at {self._now:.6g} s {what}."]
        if self.network.conditions.stalled:
            lines.append("  The link is stalled.")
        return "\n  ".join(lines + waiting.describe(self.tasks()))

    def _move_to(self, when: float) -> None:
        # No rounding: what is due at `when` runs at `when`, and what is due after it does not.
        self._looks += self._steps
        if self._looks > COLLECT_EVERY:
            # Reads of the clock are the same in every run; numbers of allocations are not.  Ten
            # minutes of 200 polling clients: 38 collections, 0.3 s of 10; all full: 2.6 of 12.
            self._looks = 0
            self._collections += 1
            gc.collect(2 if self._collections % COLLECT_ALL == 0 else 1)
        self._now = max(self._now, when)
        self._clock_resolution = math.ulp(self._now)
        self._steps = 0

    def _run_away(self, why: str) -> NoReturn:
        self._steps = 0
        tasks = [getattr(handle._callback, "__self__", None) for handle in self._ready]  # type: ignore[attr-defined]
        tasks += [asyncio.current_task(self)] if self.is_running() else []
        busy = {task.get_name(): None for task in tasks if isinstance(task, asyncio.Task)}
        raise Runaway(self.report(f"{why}; running: {', '.join(busy) or 'no task'}"))

    # --- tasks and callbacks

    def create_task(self, coro: Any, **options: Any) -> Any:
        """A task with a number, which is also its name unless `name` is given."""
        if self.get_task_factory() is not None:
            return super().create_task(coro, **options)
        self._check_closed()  # type: ignore[attr-defined]
        self._task_count += 1
        if options.get("name") is None:
            options["name"] = f"Task-{self._task_count}"
        return NumberedTask(coro, loop=self, number=self._task_count, **options)

    def tasks(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done, in the order in which they were made."""
        return sorted(asyncio.all_tasks(self), key=lambda task: getattr(task, "number", 0))

    def call_soon_threadsafe(self, callback: Any, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        """`call_soon`; refused to other threads, whose timing no seed decides."""
        if threading.get_ident() != self._thread:
            raise net_calls.NotSimulated(
                "loop.call_soon_threadsafe() from another thread, in a simulation"
            )
        return self.call_soon(callback, *args, **options)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        """Run `func` in line; the result comes after the time that it has slept."""
        future: asyncio.Future[Any] = self.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def run() -> None:
            began = self._now
            result, error = None, None
            try:
                result = func(*args)
            except Exception as raised:
                error = raised
            took, self._now = self._now - began, began
            self.call_later(took, settle, result, error)

        self.call_soon(run)
        return future

    async def shutdown_default_executor(self, *_: Any, **__: Any) -> None:
        """Nothing to do: there is no executor."""

    def _process_events(self, events: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
