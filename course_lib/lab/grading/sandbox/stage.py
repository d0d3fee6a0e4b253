"""Coroutines on a clock that the grader moves: unmodified asyncio, with time as an argument.

    start(coroutine function) ─▶ task 1        run(until=2.5) ─▶ what happened, in order:
    start(…)                  ─▶ task 2            [0.0, 2, "returned", …]  [1.5, 1, "returned", …]

Exercises.  Builds on: values.  Runs in the answer's process.
What is new here: the selector is the clock.  When asyncio would sleep until the next timer, time
jumps there instead, but never past `until`, which the grader names.
Left out: sockets and threads; the loop waits for nothing outside itself.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # `child` gives it as a global
    from . import values


RESOLUTION = 1e-9  # seconds: a timer due so soon after `until` counts as due at `until`


class _Clock(selectors.SelectSelector):
    """A selector that gives asyncio no events, and moves the time instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.until = 0.0
        self.rounds = 0
        self.most = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.rounds += 1
        assert self.loop is not None
        if self.rounds > self.most:
            self.loop.stop()
        elif timeout is None or self.now + timeout > self.until + RESOLUTION:
            if timeout is None or timeout > 0:
                self.now = max(self.now, self.until)
                self.loop.stop()
        else:
            self.now = max(self.now, min(self.now + timeout, self.until))
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: _Clock) -> None:
        self.clock = clock
        self.timers = 0
        super().__init__(clock)
        self._clock_resolution = RESOLUTION  # asyncio has set that of this machine's clock
        clock.loop = self

    def time(self) -> float:
        return self.clock.now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        self.timers += 1
        return super().call_at(when, callback, *args, context=context)


class VirtualLoop:
    """An event loop on virtual time: its tasks by number, and what became of them."""

    def __init__(self, raised: Callable[[BaseException], list[str]]) -> None:
        self._clock = _Clock()
        self._loop = _Loop(self._clock)
        self._loop.set_exception_handler(lambda *_: None)
        self._tasks: dict[int, asyncio.Task[Any]] = {}
        self._happened: list[list[Any]] = []
        self._raised = raised

    def start(self, function: Any, args: Any, kwargs: Any) -> int:
        """Call the coroutine function and make a task of it, which begins at the next run."""
        number = len(self._tasks) + 1
        coroutine = self.call(function, args, kwargs)
        if not asyncio.iscoroutine(coroutine):
            raise TypeError("this must be an async def function")
        task = self._loop.create_task(coroutine)
        task.add_done_callback(lambda task: self._ended(number, task))
        self._tasks[number] = task
        return number

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Call a plain function, for which this loop is the running one, as inside a task."""
        before = asyncio.events._get_running_loop()
        asyncio.events._set_running_loop(self._loop)
        try:
            return function(*args, **kwargs)
        finally:
            asyncio.events._set_running_loop(before)

    def cancel(self, number: int) -> bool:
        return self._tasks[number].cancel()

    def run(self, until: float, steps: int) -> dict[str, Any]:
        """Let time pass to `until`, in at most `steps` turns of the loop."""
        clock = self._clock
        clock.until, clock.rounds, clock.most = until, 0, steps
        self._loop.timers = 0
        self._happened = []
        self._loop.run_forever()
        return {
            "happened": self._happened,
            "turns": clock.rounds,
            "timers": self._loop.timers,
            "restless": clock.rounds > steps,
            "waiting": [number for number, task in self._tasks.items() if not task.done()],
        }

    def close(self) -> None:
        """Cancel what still waits, then close the loop: a process that goes on needs it."""
        for _ in range(3):  # a task may start another when it is cancelled
            tasks = asyncio.all_tasks(self._loop)  # slow: it looks at the tasks of all loops
            for task in tasks:
                task.cancel()
            self.run(self._clock.now, 1000)
            if not tasks:
                break
        for task in tasks and asyncio.all_tasks(self._loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # it ignores cancel
        self._loop.close()

    def _ended(self, number: int, task: asyncio.Task[Any]) -> None:
        now = self._clock.now
        if task.cancelled():
            self._happened.append([now, number, "cancelled", None])
        elif (error := task.exception()) is not None:
            self._happened.append([now, number, "raised", self._raised(error)])
        else:
            self._happened.append([now, number, "returned", values.pack(task.result())])
