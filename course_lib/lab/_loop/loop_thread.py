"""The lab's own thread and loop: to wait from synchronous code, and to serve while a cell computes.

Lesson 00 and appendix a1.  Builds on: `background`, `interrupts`.  Used by: `lab.loop`.

    the kernel's thread                     the lab's thread
    cell:  run(coro)        ------------->  loop: coro runs
           waits, interruptible             |
           result or exception <----------- done
    cell:  with in_thread(serve) as server:
               urlopen(server.url)  <-----> serves, although the kernel's loop is blocked

New here: a second loop instead of a patched one.  An Interrupt reaches the waiting cell and
cancels the coroutine; it never reaches a loop.
Left out: a server started with `await` in a cell runs on the kernel's loop and cannot answer while
`run` blocks that loop; start a server that `run` talks to on this thread (`in_thread`).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import queue
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import Any, Generic, TypeVar

from ...errors import LocalError
from . import background, interrupts

T = TypeVar("T")

_GRACE = 2.0  # seconds for a cancelled coroutine to end


class LoopThread:
    """A daemon thread with an event loop, started when first needed."""

    def __init__(self, collector: background.Collector, pressed: interrupts.Interrupts) -> None:
        self.servers: dict[ServerThread[Any], None] = {}
        self._collector = collector
        self._interrupts = pressed
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def started(self) -> bool:
        """Whether the thread runs, so that it has to be closed."""
        return self._loop is not None

    def loop(self) -> asyncio.AbstractEventLoop:
        """The running loop of the thread."""
        with self._lock:
            if self._loop is None:
                made: queue.SimpleQueue[asyncio.AbstractEventLoop] = queue.SimpleQueue()
                self._thread = threading.Thread(
                    target=self._main, args=(made,), name="lab", daemon=True
                )
                self._thread.start()
                self._loop = made.get()
            return self._loop

    def close(self) -> None:
        """Stop the servers, cancel the remaining tasks, end the thread.  Idempotent."""
        for server in list(self.servers):
            server.stop()
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _main(self, made: queue.SimpleQueue[asyncio.AbstractEventLoop]) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            self._collector.attach(loop)
            made.put(loop)
            self._run_forever(loop)
        self._collector.detach(loop)  # the runner has cancelled the tasks and closed the loop

    def _run_forever(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        stopped = False
        while not stopped:
            # When a coroutine raises one of these two, asyncio also raises it from run_forever;
            # `run` passes it to its caller.
            with suppress(KeyboardInterrupt, SystemExit):
                loop.run_forever()
                stopped = True

    def run(self, awaitable: Awaitable[T]) -> T:
        """See `lab.loop.run`."""
        loop = self.loop()
        if threading.current_thread() is self._thread:
            if isinstance(awaitable, Coroutine):
                awaitable.close()
            raise LocalError("run() called on the lab's own loop: use await there")
        outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        tasks: list[asyncio.Task[T]] = []

        def start() -> None:
            task = loop.create_task(_as_coroutine(awaitable))
            tasks.append(task)
            task.add_done_callback(lambda done: _hand_over(done, outcome))

        with self._interrupts.noted() as pressed:
            loop.call_soon_threadsafe(start, context=contextvars.copy_context())
            interrupts.wait(outcome, pressed, 1)
            if not outcome.done():
                loop.call_soon_threadsafe(lambda: tasks[0].cancel())
                interrupts.wait(outcome, pressed, len(pressed) + 1, _GRACE)
            interrupted = bool(pressed)
        if interrupted and (not outcome.done() or outcome.exception() is not None):
            raise self._interrupts.error()
        return outcome.result()


class ServerThread(Generic[T]):
    """An async context manager that synchronous code enters and leaves on the lab's loop.

    >>> with in_thread(lambda: http_server.serve(handler)) as server:      # doctest: +SKIP
    ...     urllib.request.urlopen(server.url).read()

    `start()` in one cell and `stop()` in another; both may be repeated.  An error on entering is
    raised by `start`, one on leaving by `stop`.
    """

    def __init__(
        self, thread: LoopThread, factory: Callable[[], AbstractAsyncContextManager[T]]
    ) -> None:
        self._thread = thread
        self._factory = factory
        self._value: T | None = None
        self._leave = asyncio.Event()
        self._holder: asyncio.Task[None] | None = None

    def start(self) -> T:
        """Enter, and return the context manager's value; if started already, only return it."""
        if self._holder is None:
            self._value = self._thread.run(self._enter())
        value: Any = self._value
        return value  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Leave the context manager, and wait until it has ended."""
        self._thread.servers.pop(self, None)
        holder, self._holder, self._value = self._holder, None, None
        if holder is not None:
            self._thread.run(self._finish(holder))

    def __enter__(self) -> T:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def _enter(self) -> T:
        entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        # One task enters and leaves: time-outs and task groups demand it.
        holder = asyncio.create_task(self._hold(entered))
        try:
            await asyncio.wait((holder, entered), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            holder.cancel()
            raise
        if not entered.done():
            await holder  # raises the error of the failed entry
            raise LocalError("the context manager ended before it was entered")
        self._holder = holder
        self._thread.servers[self] = None
        return entered.result()

    async def _hold(self, entered: asyncio.Future[T]) -> None:
        async with self._factory() as value:
            entered.set_result(value)
            await self._leave.wait()

    async def _finish(self, holder: asyncio.Task[None]) -> None:
        self._leave.set()
        await holder


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _hand_over(task: asyncio.Task[T], outcome: concurrent.futures.Future[T]) -> None:
    if task.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())
