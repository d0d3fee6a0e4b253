"""A button or a slider that starts a coroutine, from whichever thread the widget calls.

Lesson 00.  Builds on: `background`.  Used by: `lab.loop`.

    browser --click--> kernel: callback, on the main thread or on a subshell's thread and loop
                          |
                          v  call_soon_threadsafe
                       the kernel's remembered loop: coro_function(...), in the context of the
                       cell that connected it, so that output and errors appear there

New here: the kernel's loop is remembered, because a callback may run on another thread and loop.
While the coroutine of a click runs, the button is disabled and further clicks are ignored; of the
changes that come meanwhile only the newest is handled, next, and those before it are skipped.
Left out: `print` inside an `Output` widget from a task shows nothing; set a widget's value.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from . import background

Work = Callable[[Any], Awaitable[object]]


class Button(Protocol):
    """The part of `ipywidgets.Button` that is used here."""

    disabled: bool

    def on_click(self, callback: Callable[[Any], None], remove: bool = False) -> None: ...


class Observable(Protocol):
    """The part of a widget with a value that is used here."""

    def observe(self, handler: Callable[[Any], None], names: Any) -> None: ...

    def unobserve(self, handler: Callable[[Any], None], names: Any) -> None: ...


class Subscription:
    """A widget connected to a coroutine function.

    `busy` says whether the coroutine runs, `task` is its present or its last task; `disconnect()`
    removes the callback from the widget and cancels the task.
    """

    def __init__(
        self, work: Work, loop: asyncio.AbstractEventLoop, collector: background.Collector
    ) -> None:
        self.task: asyncio.Task[None] | None = None
        self._work = work
        self._loop = loop
        self._collector = collector
        self._context = contextvars.copy_context()
        self._name = getattr(work, "__qualname__", repr(work))
        self._let_go: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        """Whether the coroutine function is running."""
        return self.task is not None and not self.task.done()

    def disconnect(self) -> None:
        """Remove the callback from the widget; cancel the running task.  Idempotent."""
        self._let_go()
        self._let_go = lambda: None
        if self.busy and self.task is not None:
            self._loop.call_soon_threadsafe(self.task.cancel)

    def _schedule(self, function: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(function)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            try:
                await work()
            except Exception as error:
                what = f"Background error in {self._name}(), called by a widget:"
                self._collector.report(error, self._context, what)

        self.task = self._loop.create_task(guarded(), context=self._context.copy())


class Click(Subscription):
    """See `on_click`."""

    def connect(self, button: Button) -> Click:
        """Listen to `button`."""
        self._button = button
        button.on_click(self._clicked)
        self._let_go = lambda: button.on_click(self._clicked, remove=True)
        return self

    def _clicked(self, _: Any) -> None:
        self._schedule(self._start)

    def _start(self) -> None:
        if not self.busy:
            self._button.disabled = True
            self._spawn(self._once)

    async def _once(self) -> None:
        try:
            await self._work(self._button)
        finally:
            self._button.disabled = False


class Observation(Subscription):
    """See `observe`."""

    def connect(self, widget: Observable, names: Any) -> Observation:
        """Listen to the traits `names` of `widget`."""
        self._waiting: list[Any] = []  # the newest change, if any
        widget.observe(self._changed, names=names)
        self._let_go = lambda: widget.unobserve(self._changed, names=names)
        return self

    def _changed(self, change: Any) -> None:
        self._schedule(lambda: self._take(change))

    def _take(self, change: Any) -> None:
        self._waiting[:] = [change]
        if not self.busy:
            self._spawn(self._until_done)

    async def _until_done(self) -> None:
        while self._waiting:
            await self._work(self._waiting.pop())
