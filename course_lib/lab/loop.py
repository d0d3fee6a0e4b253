"""The kernel's loop: remembered here, and nowhere else.

Lesson 00.  Builds on: `lab._loop` (call_sites, background, callbacks, interrupts, loop_thread).
Used by: `lab`, `link_panel`, `transport_lab`, the inspector, every notebook.

    first cell   lab.start()            remember the kernel's loop; hear its background errors
    cells        await ...              the normal way
                 lab.loop.run(coro)     from synchronous code, on the lab's own thread
                 lab.loop.in_thread(f)  a server that serves while a cell computes
                 lab.loop.on_click(...) a button that runs a coroutine
    last cell    await lab.finish()     closes what was registered; nothing may be left running

New here: the rules of a notebook.  An error in the background appears in the cell that caused it,
and with COURSE_STRICT=1 (set where notebooks are built and tested) it makes a cell fail.
Interrupt takes effect within 0.1 s and never ends the kernel; for the same reason create
python-socketio's client as `socketio.AsyncClient(handle_sigint=False)`: otherwise it takes the
signal over and stops the kernel's loop.
Left out: Jupyter's way of running cells in parallel (subshells); cells run one after another.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from ..errors import CourseError, LocalError
from ._loop import background, call_sites, callbacks, interrupts, loop_thread
from ._loop.background import BackgroundError
from ._loop.interrupts import Interrupted
from ._loop.loop_thread import ServerThread

__all__ = [
    "BackgroundError",
    "BackgroundFailure",
    "Interrupted",
    "LeftRunning",
    "ServerThread",
    "background_errors",
    "finish",
    "in_thread",
    "kernel_loop",
    "observe",
    "on_click",
    "register",
    "run",
    "setup",
    "teardown",
]

T = TypeVar("T")

_SETTLE = 2.0  # seconds that finish() waits for tasks and sockets to end


class BackgroundFailure(CourseError):
    """Background errors occurred, and COURSE_STRICT=1."""


class LeftRunning(CourseError):
    """`finish` found background errors, tasks or sockets."""


class _Lab:
    """The state that `setup` makes: one for the process."""

    def __init__(self) -> None:
        self.collector = background.Collector()
        self.sockets = call_sites.SocketWatch()
        self.interrupts = interrupts.Interrupts()
        self.thread = loop_thread.LoopThread(self.collector, self.interrupts)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.registered: dict[int, Any] = {}
        self._events: Any = None

    def setup(self) -> None:
        loop = asyncio.get_running_loop()
        if loop is self.loop:
            return
        self.teardown()
        self.loop = loop
        self.collector.attach(loop)
        self.sockets.start()
        shell = call_sites.shell()
        if shell is not None:
            self._events = shell.events
            self._events.register("pre_run_cell", self._cell_starts)
            self._events.register("post_run_cell", self._cell_ended)
            self._cell_starts(None)  # the cell that calls setup() has started already

    def teardown(self) -> None:
        self.thread.close()
        if self._events is not None:
            self._events.unregister("pre_run_cell", self._cell_starts)
            self._events.unregister("post_run_cell", self._cell_ended)
            self._events = None
        self.interrupts.cell_ended()
        if self.loop is not None:
            self.collector.detach(self.loop)
            self.loop = None
        self.collector.errors.clear()
        self.sockets.stop()
        self.registered.clear()

    def _cell_starts(self, _: object) -> None:
        if self.loop is not None and threading.current_thread() is threading.main_thread():
            self.interrupts.cell_starts(self.loop)

    def _cell_ended(self, result: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            self.interrupts.cell_ended()
            self.collector.cell_ended()
            if os.environ.get("COURSE_STRICT") == "1":
                self._fail_the_cell(result)

    def _fail_the_cell(self, result: Any) -> None:
        fresh = [e for e in self.collector.errors if not e.raised and e.task is None]
        for error in fresh:
            error.raised = True
        if fresh and result is not None and result.success:
            failure = BackgroundFailure("\n".join(error.text for error in fresh))
            result.error_in_exec = failure
            shell = call_sites.shell()
            if shell is not None:
                shell.showtraceback((BackgroundFailure, failure, None), exception_only=True)


_lab = _Lab()

background_errors: list[BackgroundError] = _lab.collector.errors
"""Errors that no code awaited, oldest first.  A cell that shows one on purpose clears the list."""


def setup() -> None:
    """Remember the running loop and hear its background errors.  In a notebook's first cell.

    Idempotent.  Without a notebook it does the same for the running loop, and has no cells.
    """
    _lab.setup()


def teardown() -> None:
    """Undo `setup`: stop the lab's thread and give the loop its handlers back.  Idempotent."""
    _lab.teardown()


def kernel_loop() -> asyncio.AbstractEventLoop:
    """The loop that `setup` remembered, in any thread.  LocalError before `setup`."""
    if _lab.loop is None:
        raise LocalError("the kernel's loop is not known: call lab.start() in the first cell")
    return _lab.loop


def run(awaitable: Awaitable[T]) -> T:
    """Run a coroutine on the lab's own thread; return its result or raise its exception.

    For synchronous code, where `await` is not possible: also inside a widget's callback, and while
    the kernel's loop runs.  Interrupt cancels the coroutine and raises KeyboardInterrupt in a cell,
    `Interrupted` elsewhere.  The server that it talks to must not run on the kernel's own loop,
    which is blocked meanwhile: see `in_thread`.
    """
    return _lab.thread.run(awaitable)


def in_thread(factory: Callable[[], AbstractAsyncContextManager[T]]) -> ServerThread[T]:
    """A server (any async context manager) that serves while a cell runs synchronous code.

    >>> with in_thread(lambda: http_server.serve(handler)) as server:      # doctest: +SKIP
    ...     urllib.request.urlopen(server.url).read()

    Or `server = lab.loop.in_thread(...)`, `server.start()` in one cell and `server.stop()` in
    another; both may be repeated, and `finish` stops a server that still runs.
    """
    return ServerThread(_lab.thread, factory)


def on_click(button: callbacks.Button, coro_function: callbacks.Work) -> callbacks.Subscription:
    """Run `await coro_function(button)` on the kernel's loop at each click.

    While it runs the button is disabled and clicks are ignored.  Its output and errors appear in
    the cell that called `on_click`.  The result has `busy`, `task` and `disconnect()`.
    """
    return callbacks.Click(coro_function, kernel_loop(), _lab.collector).connect(button)


def observe(
    widget: callbacks.Observable, coro_function: callbacks.Work, names: Any = "value"
) -> callbacks.Subscription:
    """Run `await coro_function(change)` on the kernel's loop when `names` of `widget` change.

    One call runs at a time; of the changes that come meanwhile only the newest is kept.
    """
    connection = callbacks.Observation(coro_function, kernel_loop(), _lab.collector)
    return connection.connect(widget, names)


def register(thing: T) -> T:
    """Have `finish` call `thing.close()` (and await it, if it can be awaited).  Returns `thing`."""
    _lab.registered[id(thing)] = thing
    return thing


async def finish() -> None:
    """The last cell of a lesson: close what was registered; raise `LeftRunning` for the rest.

    `LeftRunning` names background errors since `setup`, and tasks and open sockets made since then,
    each with the place where it was made.  The kernel's own do not count.
    """
    kernel_loop()
    while _lab.registered:
        closing = _lab.registered.pop(next(reversed(_lab.registered))).close()
        if inspect.isawaitable(closing):
            await closing
    for server in list(_lab.thread.servers):
        await asyncio.to_thread(server.stop)
    await _settle()
    leaks = _leaks()
    found = [str(error) for error in _lab.collector.unclaimed()] + leaks
    if leaks:
        found.append("Did a cell run twice? Then this is of its first run: restart the kernel.")
    if _lab.thread.started:
        await asyncio.to_thread(_lab.thread.close)
    _lab.collector.errors.clear()
    if found:
        raise LeftRunning("this notebook leaves something behind:\n" + "\n".join(found))
    print("Nothing left running: 0 tasks, 0 open connections.")


async def _settle() -> None:
    """Wait for closed connections and cancelled tasks, which end an iteration or two later."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _SETTLE
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    while _leaks() and loop.time() < deadline:  # noqa: ASYNC110 - a closing socket cannot notify us
        await asyncio.sleep(0.02)


def _leaks() -> list[str]:
    mine = asyncio.current_task()
    leaks = [f"task {task.describe()}" for task in _lab.collector.running() if task is not mine]
    for made, origin in _lab.sockets.open():
        if origin.file != loop_thread.__file__:  # the self-pipe of the lab's own loop
            leaks.append(f"{call_sites.describe(made)} (opened at {origin})")
    return leaks
