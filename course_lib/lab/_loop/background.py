"""Background exceptions: seen at once, in the cell that caused them, and counted.

Lesson 00.  Builds on: `call_sites`.  Used by: `callbacks`, `loop_thread`, `lab.loop`.

    cell 3   asyncio.create_task(boom())        the task keeps cell 3's context: output goes there
                     |
                     v  fails
             is the task still referenced?
               no     reported at once, in cell 3
               yes    it may still be awaited: reported when one more cell has ended without that

New here: a task factory, so that a task knows where it was made; a loop's exception handler that
writes into the context of what failed (Python 3.11 has no `Task.get_context`).  asyncio itself
reports a failed task only to a log, and only when the task is garbage-collected, which in a
notebook may be never.
Left out: exceptions in threads (ipykernel shows those).
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
import sys
import traceback
import weakref
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from . import call_sites

_MAX_FRAMES = 6
_task_numbers = itertools.count(1)


@dataclass(slots=True)
class BackgroundError:
    """One exception that no code was awaiting."""

    text: str
    kind: str  # the exception's type; the exception itself would keep its frames alive
    task: weakref.ref[WatchedTask] | None = None  # set while it could still be awaited
    raised: bool = False  # already made a cell fail

    def __str__(self) -> str:
        return self.text


class WatchedTask(asyncio.Task[Any]):
    """A task that knows where it was made: a subclass of asyncio's C class has a `__dict__`."""

    def __init__(self, coro: Coroutine[Any, Any, Any], **kwargs: Any) -> None:
        self.number = next(_task_numbers)
        self.origin = call_sites.of_caller()
        if kwargs.get("context") is None:
            kwargs["context"] = contextvars.copy_context()
        self.context: contextvars.Context = kwargs["context"]
        self.cells_ended = 0  # since it failed
        self.reported = False
        super().__init__(coro, **kwargs)

    @property
    def unclaimed(self) -> bool:
        """Whether it failed and no code has retrieved the exception (this does not retrieve it)."""
        return self.done() and bool(getattr(self, "_log_traceback", False))

    def describe(self) -> str:
        """`boom() (started at Cell In[3], line 2)`; task names differ from run to run."""
        return f"{coroutine_name(self)}() (started at {self.origin})"


def coroutine_name(task: asyncio.Task[Any]) -> str:
    """The name of the function that the task runs."""
    coro = task.get_coro()
    return str(getattr(coro, "__qualname__", None) or type(coro).__name__)


class Collector:
    """Collects the background errors of its loops in `errors`, a list that may be cleared."""

    def __init__(self) -> None:
        self.errors: list[BackgroundError] = []
        self._tasks: weakref.WeakSet[WatchedTask] = weakref.WeakSet()
        self._attached: dict[asyncio.AbstractEventLoop, tuple[Any, Any]] = {}

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put our task factory and our exception handler into `loop`.  Idempotent."""
        if loop not in self._attached:
            self._attached[loop] = (loop.get_exception_handler(), loop.get_task_factory())
            loop.set_exception_handler(self._heard)
            loop.set_task_factory(self._make_task)  # type: ignore[arg-type]

    def detach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Restore the loop's own task factory and exception handler."""
        if loop in self._attached:
            handler, factory = self._attached.pop(loop)
            loop.set_exception_handler(handler)
            loop.set_task_factory(factory)

    def running(self) -> list[WatchedTask]:
        """Tasks made since the attachment that are not done nor the kernel's own, oldest first."""
        return [task for task in self._known() if not task.done() and not task.origin.kernel]

    def cell_ended(self) -> None:
        """Report failed tasks that are not awaited by the end of one more cell."""
        waiting = [task for task in self._known() if task.unclaimed and not task.reported]
        if not waiting:
            return
        gc.collect()  # asyncio now reports tasks that only a reference cycle kept alive
        for task in waiting:
            task.cells_ended += 1
            if task.cells_ended > 1 and not task.reported:
                self._report_held(task)

    def report(self, exception: BaseException, context: contextvars.Context, what: str) -> None:
        """Show an exception in the cell of `context` and count it."""
        text = f"{what}\n{short_traceback(exception)}"
        self._add(BackgroundError(text, type(exception).__name__), context)

    def unclaimed(self) -> list[BackgroundError]:
        """The errors, without those of tasks that were awaited since."""
        gc.collect()
        for task in self._known():
            if task.unclaimed and not task.reported:
                self._report_held(task)
        self.errors[:] = [error for error in self.errors if not _was_claimed(error)]
        return list(self.errors)

    def _known(self) -> list[WatchedTask]:
        return sorted(self._tasks, key=lambda task: task.number)

    def _make_task(
        self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Any
    ) -> WatchedTask:
        task = WatchedTask(coro, loop=loop, **kwargs)
        self._tasks.add(task)
        return task

    def _report_held(self, task: WatchedTask) -> None:
        # `task.exception()` would mark the exception as retrieved; a later await may still do that.
        exception = getattr(task, "_exception", None)
        text = f"Background error in {task.describe()}, which nobody has awaited:"
        task.reported = True
        if exception is not None:
            text += "\n" + short_traceback(exception)
        kind = type(exception).__name__
        self._add(BackgroundError(text, kind, weakref.ref(task)), task.context)

    def _heard(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler: a task, a callback or a protocol has raised."""
        task = context.get("task") or context.get("future")
        exception = context.get("exception")
        text = f"Background error: {context.get('message', 'unhandled exception')}"
        where: contextvars.Context | None = None
        if isinstance(task, WatchedTask):
            if task.reported:
                return
            task.reported = True
            where = task.context
            # No exception: the task was destroyed while pending, and asyncio's message says so.
            text = f"{text if exception is None else 'Background error'} in {task.describe()}:"
        elif "handle" in context:
            where = getattr(context["handle"], "_context", None)
        if exception is not None:
            text += "\n" + short_traceback(exception)
        self._add(BackgroundError(text, type(exception).__name__), where)

    def _add(self, error: BackgroundError, context: contextvars.Context | None) -> None:
        self.errors.append(error)
        # ipykernel takes the cell of an output from a context variable.  Run in a copy of the
        # context, because a context that is in use cannot be entered again.
        where = context.copy() if context is not None else contextvars.copy_context()
        where.run(_show, error.text)


def _show(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _was_claimed(error: BackgroundError) -> bool:
    task = error.task() if error.task is not None else None
    return task is not None and not task.unclaimed


def short_traceback(exception: BaseException) -> str:
    """The last frames that a learner wrote, and the exception's message."""
    summary = traceback.extract_tb(exception.__traceback__)
    frames = [frame for frame in summary if not call_sites.is_inner(frame.filename)]
    lines = []
    for frame in frames[-_MAX_FRAMES:]:
        lines.append(f"  {call_sites.place(frame.filename, frame.lineno or 0)}, in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    lines += [line.rstrip() for line in traceback.format_exception_only(exception)]
    if isinstance(exception, BaseExceptionGroup):
        lines += [f"  with {type(part).__name__}: {part}" for part in exception.exceptions]
    if exception.__cause__ is not None:
        cause = exception.__cause__
        lines.append(f"  because of {type(cause).__name__}: {cause}")
    return "\n".join(lines)
