"""Handlers: functions that are called by the name of an event, `def` or `async def`.

    @server.on("connection")            handlers.Emitter
    def connected(session): ...             |
                                            v
    emit("connection", session) ──> handlers.Runner ──> a `def` ends at once: no task
                                                    └─> an `async def`: a task, owned by the runner

Lesson 07.  Builds on: asyncio.  Used by: `session`, `server`, `client`.
New here: a handler that fails harms nobody else: its error is logged, the others run.  From Python
3.12 on, a coroutine that never suspends costs an eager task (1.2 µs instead of 4 to 8).
Left out: what a handler returns; here nobody asks for it.
"""

from __future__ import annotations

import asyncio
import contextvars
import difflib
import functools
import inspect
import logging
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

from ..errors import ConnectionClosed, LocalError

Function = Callable[..., Any]
Any_function = TypeVar("Any_function", bound=Function)
EAGER = sys.version_info >= (3, 12)

_logger = logging.getLogger("course_lib.engineio")


class Runner:
    """Runs handlers, and owns the tasks of those that suspend."""

    __slots__ = ("tasks",)

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], None] = {}

    def run(self, handler: Function, *args: Any) -> None:
        """Call it now, in a context of its own.  What it raises is logged."""
        try:
            result = contextvars.copy_context().run(handler, *args)
            if result is not None and inspect.iscoroutine(result):
                self._start(result)
        except ConnectionClosed:
            pass  # the peer may leave at any time
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException:  # CancelledError, too: what does not wait cannot be cancelled
            _logger.exception("a handler failed: %r", handler)

    def _start(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        loop = asyncio.get_running_loop()
        if EAGER:
            task = asyncio.Task(coroutine, loop=loop, eager_start=True)  # type: ignore[call-arg, unused-ignore]
            if task.done():  # its callbacks would come a turn of the loop later
                self._ended(task)
                return
        else:
            task = loop.create_task(coroutine)
        self.tasks[task] = None
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.tasks.pop(task, None)
        if task.cancelled():
            if not task.cancelling():  # nobody has cancelled it
                _logger.error("a handler failed: it raised CancelledError: %r", task)
            return
        error = task.exception()
        if error is not None and not isinstance(error, ConnectionClosed):
            _logger.error("a handler failed", exc_info=error)

    async def close(self, patience: float) -> None:
        """Cancel what still runs, and wait for it."""
        left = [task for task in self.tasks if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        if left:
            _, stubborn = await asyncio.wait(left, timeout=patience)
            for task in stubborn:
                _logger.error("a handler ignores its cancellation: %r", task)


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
            self.runner.run(handler, *args)
