"""Handlers: functions that are called by the name of an event, `def` or `async def`.

    @server.on("connection")            handlers.Emitter
    def connected(session): ...             |
                                            v
    emit("connection", session) ──> handlers.Runner ──> a `def` ends at once: no task
                                                    └─> an `async def`: a task, owned by the runner

Lesson 07.  Builds on: asyncio.  Used by: `session`, `server`, `client`.
New here: a handler that fails harms nobody else: its error is logged, the others run.  From Python
3.12 on, a coroutine that never suspends costs an eager task (1.2 µs instead of 4 to 8).
What a handler returns is there for the layer above, where it answers a request.
"""

from __future__ import annotations

import asyncio
import contextvars
import difflib
import functools
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar, overload

from ..errors import ConnectionClosed, LocalError

Function = Callable[..., Any]
Any_function = TypeVar("Any_function", bound=Function)
EAGER = sys.version_info >= (3, 12)

# Called when a handler that has waited ends: with its value, or with FAILED.
Ended = Callable[[Any], object]
Report = Callable[[BaseException, dict[str, Any]], object]
What = tuple[Any, ...]  # what runs, the event, and the socket: what a report says of an error
PLAIN = frozenset((type(None), bool, int, float, str, bytes, list, dict, tuple))
PENDING: Any = object()
FAILED: Any = object()

_logger = logging.getLogger("course_lib.engineio")


class Runner:
    """Runs handlers, and owns the tasks of those that wait."""

    __slots__ = ("reports", "tasks")

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], tuple[Ended | None, What]] = {}
        self.reports: list[Report] = []

    def run(
        self, handler: Function, args: Sequence[Any], ended: Ended | None = None, what: What = ()
    ) -> Any:
        """Call it now, in a context of its own.

        Its value; or FAILED, after a report of its error; or PENDING, and `ended` is called later.
        """
        try:
            value = contextvars.copy_context().run(handler, *args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # also a CancelledError or GeneratorExit of its own
            self.report(error, what or ("handler", handler))
            return FAILED
        # A dictionary of types says no in 0.03 µs; `isawaitable` needs 0.7.
        if type(value) not in PLAIN and inspect.isawaitable(value):
            return self._start(value, ended, what or ("handler", handler))
        return value

    def _start(self, awaitable: Awaitable[Any], ended: Ended | None, what: What) -> Any:
        task = start(awaitable if inspect.iscoroutine(awaitable) else _awaited(awaitable))
        if task.done():  # its callbacks would come a turn of the loop later
            return self._value(task, what)
        self.tasks[task] = ended, what
        task.add_done_callback(self._ended)
        return PENDING

    def _ended(self, task: asyncio.Task[Any]) -> None:
        ended, what = self.tasks.pop(task)
        value = self._value(task, what)
        if ended is not None:
            ended(value)

    def _value(self, task: asyncio.Task[Any], what: What) -> Any:
        if task.cancelled():
            if task.cancelling() == 0:  # nobody has asked for it
                self.report(asyncio.CancelledError("a handler cancelled itself"), what)
            return FAILED
        error = task.exception()
        if error is None:
            return task.result()
        self.report(error, what)
        return FAILED

    def report(self, error: BaseException, what: What) -> None:
        """Tell whoever wants to know of an error; the log, if nobody does."""
        if isinstance(error, ConnectionClosed):
            return  # the peer may leave at any time
        if not self.reports:
            said = " ".join(map(repr, what))
            _logger.error("a handler failed: %s", said, exc_info=error)
        context: dict[str, Any] = dict(zip(("what", "event", "socket"), what, strict=False))
        for report in self.reports:
            try:
                report(error, context)
            except Exception:
                _logger.exception("on_error itself failed: %r", report)

    def cancel(self, ended: Ended) -> None:
        """Cancel the handler that would call this at its end, unless it is the one that asks."""
        for task, (its, _) in self.tasks.items():
            if its is ended and task is not asyncio.current_task():
                _cancel(task)

    async def close(self, patience: float) -> None:
        """Cancel what still runs, and wait for it."""
        left = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in left:
            _cancel(task)
        if left:
            _, stubborn = await asyncio.wait(left, timeout=patience)
            for task in stubborn:
                _logger.error("a handler ignores its cancellation: %r", task)


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def start(coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """A task for it, which has begun already where Python can do so."""
    loop = asyncio.get_running_loop()
    if EAGER:
        return asyncio.Task(coroutine, loop=loop, eager_start=True)  # type: ignore[call-arg, unused-ignore]
    return loop.create_task(coroutine)


def _cancel(task: asyncio.Task[Any]) -> None:
    """Soon: before its first step, Python would complain that nobody awaits its coroutine."""
    task.get_loop().call_soon(task.cancel)


class Emitter:
    """Something that has events.  A subclass names them in `EVENTS`."""

    __slots__ = ("_handlers", "runner")

    EVENTS: tuple[str, ...] = ()

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._handlers: dict[str, tuple[Function, ...]] = {}

    @overload
    def on(self, event: str) -> Callable[[Any_function], Any_function]: ...
    @overload
    def on(self, event: str, handler: Any_function) -> Any_function: ...
    def on(self, event: str, handler: Function | None = None) -> Function:
        """Call `handler` at each `event`, after those that were added before it.

        `@thing.on("message")` before a function is the same.  LocalError for an unknown event.
        """
        if handler is None:
            return lambda function: self.on(event, function)
        if event not in self.EVENTS:
            near = difflib.get_close_matches(event, self.EVENTS, n=1) or [", ".join(self.EVENTS)]
            raise LocalError(f"there is no event {event!r} here: {near[0]}")
        self._handlers[event] = (*self._handlers.get(event, ()), handler)
        return handler

    def once(self, event: str, handler: Function) -> Function:
        """Call `handler` at the next `event` only."""

        @functools.wraps(handler)
        def first(*args: Any) -> Any:
            self.off(event, first)
            return handler(*args)

        return self.on(event, first)

    def off(self, event: str, handler: Function | None = None) -> None:
        """Call this handler of `event` no more; without one, none of its handlers."""
        left = self._handlers.get(event, ()) if handler is not None else ()
        self._handlers[event] = tuple(
            # `once` has wrapped it.  Each access to a method gives a new object, so: `==`.
            one
            for one in left
            if handler not in (one, getattr(one, "__wrapped__", None))
        )

    def emit(self, event: str, *args: Any) -> None:
        """Run the handlers of `event`, in order."""
        for handler in self._handlers.get(event, ()):
            self.runner.run(handler, args)
