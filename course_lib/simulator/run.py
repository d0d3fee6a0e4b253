"""One simulation from its beginning to its end, in as many steps as it takes.

Builds on: `loop` and `chance`.  Used by: `lab.clock`.

    opened ─ go_on(0.05) ─ pause ─ go_on(0.05) ─ … ─ result()
                             |
                      the outer loop, the real clock and randomness

New here: between two steps this thread has its real loop, clock and randomness back.  Virtual time
stands still meanwhile, so the simulation does not notice the pause.

When `main` is done, remaining tasks are cancelled, finalizers run, and errors of background tasks
are raised, or added as notes to an error that is raised anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import math
import sys
from asyncio import events
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Generic, TypeVar

from . import chance
from .link import Conditions
from .loop import Deadlock, Runaway, SimulatedLoop

T = TypeVar("T")
Main = Coroutine[Any, Any, T] | Callable[[], Coroutine[Any, Any, T]]

TIME_TO_FINISH = 3600.0  # virtual seconds that cancelled tasks have to clean up


@contextlib.contextmanager
def outer_loop_aside() -> Iterator[None]:
    """Inside a running loop: unset it for this thread, and restore it at the end."""
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


class Simulation(Generic[T]):
    """A simulation from its beginning to its end, in as many steps as it takes."""

    loop: SimulatedLoop
    replaced: chance.Replaced

    def __init__(self, main: Main[T], seed: object, conditions: Conditions, strict: bool) -> None:
        self._main, self._seed, self._conditions, self._strict = main, seed, conditions, strict
        self._errors: list[Exception] = []
        self._task: asyncio.Task[T] | None = None

    @contextlib.contextmanager
    def opened(self, limit: int, max_time: float, max_steps: int) -> Iterator[None]:
        """Open the loop, and close it at the end of the block."""
        self.loop = SimulatedLoop(
            self._conditions, seed=self._seed, limit=limit, max_time=max_time, max_steps=max_steps
        )
        self.replaced = chance.Replaced(self.loop, self._seed)
        with contextlib.closing(self.loop):
            yield

    def go_on(self, seconds: float = math.inf) -> bool:
        """Run for so many real seconds, or to the end.  Return whether the end is reached."""
        try:
            if self._task is None:
                self._begin()
            assert self._task is not None
            return self.loop.go_on(self._task, seconds)
        except BaseException as error:
            self._failed(error)
            raise

    def _begin(self) -> None:
        if self._strict:
            self.loop.set_exception_handler(
                lambda _, context: self._errors.extend(_errors(context))
            )
        coroutine = self._main() if callable(self._main) else self._main
        self._task = self.loop.create_task(coroutine, name="main")

    def result(self) -> T:
        """Finish, and return what `main` returned, or raise its error or a background task's."""
        assert self._task is not None
        try:
            result = self._task.result()
        except BaseException as error:
            self._failed(error)
            raise
        _finish(self.loop, self._errors)
        if self._errors:
            raise ExceptionGroup("the simulation's background tasks failed", self._errors)
        return result

    def give_up(self) -> None:
        """Cancel the simulation before `main` is done."""
        _finish(self.loop, self._errors)

    def _failed(self, error: BaseException) -> None:
        _finish(self.loop, self._errors)
        for other in self._errors:
            error.add_note(f"Also, in the background: {other!r}")


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
    """Cancel what is left, as `asyncio.run` does, and run every finalizer."""
    loop.max_time = loop.time() + TIME_TO_FINISH
    try:
        loop.run_until_complete(_cancel_tasks(loop))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.network.close()
        for _ in range(3):  # connection_lost, one more under TLS, and the tasks that wait for it
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
