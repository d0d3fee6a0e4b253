"""An asyncio event loop whose clock jumps to the next thing that is due.

Builds on: `net_calls` and `.waiting`.  Used by: `lab.clock`.

    run what is ready -> nothing is ready? -> the clock IS now the time of the earliest timer -> run
                                          \\-> no timer? Deadlock, and who waits for what

New here: to asyncio a loop is a clock, a heap of timers, a queue of what is ready, and a selector
that sleeps until the network stirs.  `BaseEventLoop` has the first three; a selector that moves the
clock instead of sleeping is all it takes to make an hour pass at once.

Tasks have a number and hash to it: a `set` of tasks (a `TaskGroup` has one) has the same order in
every run.  Functions given to an executor run at once, in line; the time that they sleep through
passes for who waits for them, and for nobody else.

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

REAL_CLOCK = time.perf_counter  # before anything replaces it
COLLECT_EVERY = 50_000  # looks at the clock, between collections of garbage (see `_move_to`)
COLLECT_ALL = 10  # each so many collections also look at what has survived two


class Deadlock(CourseError):
    """Nothing is scheduled, and the main coroutine has not finished.  Says who waits for what."""


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
    """Where a real loop sleeps until the network stirs, this one moves the clock."""

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
        self._steps = 0  # turns and looks at the clock since it last moved
        self._looks = self._collections = 0  # looks at the clock since the last of them
        super().__init__(conditions, limit=limit, random=chance.stream(seed, "link"))
        self.max_time, self.max_steps = max_time, max_steps
        self._pause_at, self._goes = math.inf, False  # on the real clock; whether `go_on` runs
        self._thread = threading.get_ident()
        self._selector = JumpingSelector(self)
        self._asyncgens = InOrder()
        self._task_count = 0
        self._clock_resolution = math.ulp(0.0)

    # --- the clock

    def time(self) -> float:
        """Virtual seconds since the simulation began."""
        self._steps += 1
        if self._steps > self.max_steps:  # a loop that waits for the clock, and lets nobody run
            self._run_away(f"{self.max_steps} steps without time passing")
        return self._now

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` does here: time passes, and nobody else gets on."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._move_to(self._now + seconds)

    def turn(self, *, moves: bool) -> None:
        """Once a turn of the loop: where nothing is ready, jump to the earliest timer."""
        if moves:
            self._move_to(self._scheduled[0].when())
        if self._now > self.max_time:
            self._run_away(f"the limit is {self.max_time:.0f} s of virtual time")
        self.time()
        if self._pause_at < math.inf and REAL_CLOCK() >= self._pause_at:
            self.stop()  # no time passes in here: nobody notices

    def go_on(self, task: asyncio.Task[Any], seconds: float = math.inf) -> bool:
        """Run until `task` is done, or for so many real seconds.  Whether it is done."""
        self._pause_at, self._goes = REAL_CLOCK() + seconds, True
        task.add_done_callback(self._over)
        try:
            self.run_forever()
        finally:
            self._pause_at, self._goes = math.inf, False
            task.remove_done_callback(self._over)
        return task.done()

    def _over(self, task: asyncio.Task[Any]) -> None:
        # An interrupt ends the loop by itself; and a pause may have come before this call.
        error = None if task.cancelled() else task.exception()
        if self._goes and not isinstance(error, SystemExit | KeyboardInterrupt):
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
            # They grow with the work done, in every run alike, as allocations do not.  Ten minutes
            # of 200 polling clients: 38 collections, 0.3 s of 10; if all look at all, 2.6 of 12.
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
        """A task with a number; it is named after it unless `name` says otherwise."""
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
        """`call_soon`; refused to other threads, whose moment no seed decides."""
        if threading.get_ident() != self._thread:
            raise net_calls.NotSimulated(
                "loop.call_soon_threadsafe() from another thread, in a simulation"
            )
        return self.call_soon(callback, *args, **options)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        """Run `func` in line; the result is there after as long as it has slept."""
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
        """There is none."""

    def _process_events(self, events: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass
