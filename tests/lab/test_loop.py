"""lab.loop without a notebook: the same rules on a plain loop, where each can be looked at."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from course_lib.errors import LocalError
from course_lib.lab import loop
from course_lib.lab._loop import call_sites, interrupts


@pytest.fixture
async def lab() -> AsyncIterator[None]:
    """The lab on the test's loop, and gone after it."""
    loop.setup()
    yield
    await asyncio.to_thread(loop.teardown)


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def boom() -> None:
    raise ValueError("boom")


def test_it_can_be_imported_without_a_notebook() -> None:
    """IPython is imported where a kernel has imported it already, and nowhere else."""
    code = (
        "import sys, course_lib.lab.loop, course_lib.lab.proxy\n"
        "assert not {'IPython', 'ipykernel', 'ipywidgets', 'psutil'} & set(sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, timeout=120)


async def test_setup_may_be_repeated_and_undone(lab: None) -> None:
    """The loop gets its own handlers back."""
    running = asyncio.get_running_loop()
    assert loop.kernel_loop() is running
    handler, factory = running.get_exception_handler(), running.get_task_factory()
    loop.setup()
    assert running.get_exception_handler() is handler
    assert running.get_task_factory() is factory
    loop.teardown()
    assert running.get_task_factory() is None
    with pytest.raises(LocalError, match=r"lab\.start\(\)"):
        loop.kernel_loop()


async def test_a_failed_task_that_nobody_holds_is_reported_at_once(
    lab: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the place where it was started and the line that failed, and nothing of asyncio."""
    asyncio.create_task(boom())  # noqa: RUF006 - that is the mistake
    await turns()
    (error,) = loop.background_errors
    lines = error.text.splitlines()
    assert lines[0].startswith("Background error in boom() (started at lab/test_loop.py:")
    assert lines[1].startswith("  lab/test_loop.py:") and lines[1].endswith(", in boom")
    assert lines[2:] == ['    raise ValueError("boom")', "ValueError: boom"]
    assert error.kind == "ValueError"
    assert capsys.readouterr().err == error.text + "\n"


async def test_a_callback_and_a_protocol_that_raise_are_reported(lab: None) -> None:
    """asyncio writes these to a log, which a notebook does not show."""

    class Bad(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            raise RuntimeError("bad protocol")

    def bad_callback() -> None:
        raise KeyError("bad callback")

    running = asyncio.get_running_loop()
    running.call_soon(bad_callback)
    server = await running.create_server(Bad, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"x")
    await reader.read()
    writer.close()
    server.close()
    assert [error.kind for error in loop.background_errors] == ["KeyError", "RuntimeError"]


async def test_output_goes_to_the_context_of_what_failed(
    lab: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ipykernel addresses outputs by a context variable; this stands for it."""
    cell = contextvars.ContextVar[str]("cell")
    shown = []

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            shown.append((cell.get("none"), text))
            return len(text)

    monkeypatch.setattr(sys, "stderr", Stream())
    running = asyncio.get_running_loop()
    cell.set("cell 1")
    asyncio.create_task(boom())  # noqa: RUF006
    running.call_soon(lambda: 1 / 0)
    cell.set("cell 2")
    await turns()
    assert {where for where, _ in shown} == {"cell 1"}
    assert len(loop.background_errors) == 2


async def test_a_held_task_is_reported_when_one_more_cell_has_ended(lab: None) -> None:
    """A cell's end is not enough: the next cell may await it."""
    task = asyncio.create_task(boom())
    await turns()
    loop._lab.collector.cell_ended()
    assert loop.background_errors == []
    loop._lab.collector.cell_ended()
    assert "which nobody has awaited" in loop.background_errors[0].text
    with pytest.raises(ValueError, match="boom"):
        await task
    await loop.finish()  # it was awaited in the end


async def test_a_task_that_is_awaited_is_never_reported(lab: None) -> None:
    """Not even when it failed long before."""
    task = asyncio.create_task(boom())
    await turns()
    loop._lab.collector.cell_ended()
    with pytest.raises(ValueError, match="boom"):
        await task
    loop._lab.collector.cell_ended()
    loop._lab.collector.cell_ended()
    del task
    assert loop.background_errors == []


async def test_groups_and_causes_are_named_in_the_short_traceback(lab: None) -> None:
    """Each with its type and its message."""

    async def grouped() -> None:
        try:
            raise OSError("no route")
        except OSError as error:
            raise ExceptionGroup("two", [ValueError("a"), KeyError("b")]) from error

    asyncio.create_task(grouped())  # noqa: RUF006
    await turns()
    text = loop.background_errors[0].text
    assert "  with ValueError: a\n  with KeyError: 'b'\n  because of OSError: no route" in text


async def test_finish_says_one_line_when_nothing_is_left(
    lab: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was closed a moment ago does not count."""
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    assert await reader.read() == b""
    writer.close()
    server.close()
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await loop.finish()
    assert capsys.readouterr().out == "Nothing left running: 0 tasks, 0 open connections.\n"


async def test_finish_raises_for_each_thing_that_is_left(
    lab: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors first, then tasks, then sockets; the next call starts with a clean sheet."""
    monkeypatch.setattr(loop, "_SETTLE", 0.05)
    go = asyncio.Event()

    async def waits_for_ever() -> None:
        await go.wait()

    task = asyncio.create_task(waits_for_ever())
    asyncio.create_task(boom())  # noqa: RUF006
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    with pytest.raises(loop.LeftRunning) as raised:
        await loop.finish()
    text = str(raised.value)
    assert text.startswith("this notebook leaves something behind:\nBackground error in boom() ")
    assert "waits_for_ever() (started at lab/test_loop.py:" in text
    port = server.sockets[0].getsockname()[1]
    assert f"a server on port {port} (opened at lab/test_loop.py:" in text
    go.set()
    await task
    server.close()
    await loop.finish()


async def test_finish_closes_what_was_registered_last_first(lab: None) -> None:
    """Whether `close` is a coroutine function or not."""
    closed = []

    class Plain:
        def close(self) -> None:
            closed.append("plain")

    class Awaited:
        async def close(self) -> None:
            closed.append("awaited")

    plain = loop.register(Plain())
    assert isinstance(plain, Plain)
    loop.register(Awaited())
    loop.register(plain)
    await loop.finish()
    await loop.finish()
    assert closed == ["awaited", "plain"]


def test_run_returns_the_result_and_raises_the_exception() -> None:
    """In synchronous code; the traceback leads to the line in the coroutine."""

    async def two() -> int:
        await asyncio.sleep(0)
        return 2

    try:
        assert loop.run(two()) == 2
        with pytest.raises(ValueError, match="boom") as raised:
            loop.run(boom())
        assert raised.traceback[-1].name == "boom"
        with pytest.raises(SystemExit):
            loop.run(_exits())
        assert loop.run(two()) == 2  # the thread has survived
    finally:
        loop.teardown()


async def _exits() -> None:
    sys.exit(3)


async def test_run_works_while_a_loop_runs_here(lab: None) -> None:
    """And keeps the context, so that output belongs to the cell."""
    name = contextvars.ContextVar[str]("name")
    name.set("mine")

    async def look() -> tuple[bool, str]:
        return asyncio.get_running_loop() is loop.kernel_loop(), name.get()

    assert loop.run(look()) == (False, "mine")


def test_run_inside_the_labs_own_loop_is_refused() -> None:
    """It would wait for itself."""

    async def inner() -> int:
        return 1

    async def outer() -> int:
        return loop.run(inner())

    try:
        with pytest.raises(LocalError, match="use await there"):
            loop.run(outer())
    finally:
        loop.teardown()


def _press_when(started: threading.Event) -> threading.Thread:
    def press() -> None:
        started.wait(60)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def test_interrupt_cancels_the_coroutine_and_raises_in_the_caller() -> None:
    """With a hint about the usual cause; the handler that was there before is there again."""
    started, cancelled = threading.Event(), threading.Event()

    async def waits() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    before = signal.getsignal(signal.SIGINT)
    thread = _press_when(started)
    try:
        with pytest.raises(KeyboardInterrupt) as raised:
            loop.run(waits())
        assert "in_thread" in raised.value.__notes__[0]
        assert cancelled.is_set()
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        thread.join()
        loop.teardown()


async def test_interrupt_in_a_task_is_an_ordinary_exception(lab: None) -> None:
    """A KeyboardInterrupt would go through the loop and end the kernel."""
    started = threading.Event()

    async def waits() -> None:
        started.set()
        await asyncio.Event().wait()

    thread = _press_when(started)
    with pytest.raises(interrupts.Interrupted):
        loop.run(waits())
    thread.join()


@contextlib.asynccontextmanager
async def _diary(events: list[str]) -> AsyncIterator[str]:
    task = asyncio.current_task()
    events.append("entered")
    try:
        yield "value"
    finally:
        events.append("left by the same task" if asyncio.current_task() is task else "left")


async def test_a_server_thread_may_be_started_and_stopped_twice(lab: None) -> None:
    """Start gives the same value; after a stop it starts anew."""
    events: list[str] = []
    server = loop.in_thread(lambda: _diary(events))
    assert (server.start(), server.start()) == ("value", "value")
    server.stop()
    server.stop()
    with server as value:
        assert value == "value"
    assert events == ["entered", "left by the same task"] * 2


async def test_a_server_that_cannot_start_says_why_to_the_caller(lab: None) -> None:
    """And it is not reported a second time as a background error."""

    @contextlib.asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise OSError("address in use")
        yield

    with pytest.raises(OSError, match="address in use"):
        loop.in_thread(broken).start()
    await loop.finish()


async def test_finish_stops_forgotten_servers(lab: None) -> None:
    """And the thread; the next `run` starts another."""
    events: list[str] = []
    loop.in_thread(lambda: _diary(events)).start()
    await loop.finish()
    assert events == ["entered", "left by the same task"]
    assert not any(thread.name == "lab" for thread in threading.enumerate())
    assert loop.run(asyncio.sleep(0, "again")) == "again"


class Widget:
    """As much of a widget as is used; the real ones are tested in a kernel."""

    def __init__(self) -> None:
        self.disabled = False
        self.handlers: list[Callable[[Any], None]] = []

    def on_click(self, callback: Callable[[Any], None], remove: bool = False) -> None:
        (self.handlers.remove if remove else self.handlers.append)(callback)

    def observe(self, handler: Callable[[Any], None], names: Any) -> None:
        self.handlers.append(handler)

    def unobserve(self, handler: Callable[[Any], None], names: Any) -> None:
        self.handlers.remove(handler)

    def fire(self, argument: Any) -> None:
        """As a subshell does: from another thread."""

        def call() -> None:
            for handler in self.handlers:
                handler(argument)

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()


async def test_a_click_while_the_last_one_runs_is_ignored(lab: None) -> None:
    """The button is disabled meanwhile, so that the learner sees it."""
    go, calls = asyncio.Event(), []

    async def work(button: Any) -> None:
        calls.append(button)
        await go.wait()

    button = Widget()
    handle = loop.on_click(button, work)
    button.fire(button)
    button.fire(button)
    await turns()
    assert (calls, button.disabled, handle.busy) == ([button], True, True)
    go.set()
    assert handle.task is not None
    await handle.task
    assert (button.disabled, handle.busy) == (False, False)
    button.fire(button)
    await turns()
    assert len(calls) == 2


async def test_an_error_behind_a_button_is_reported_and_the_button_works_again(lab: None) -> None:
    """The name of the coroutine function is in the report."""

    async def breaks(button: Any) -> None:
        raise ValueError("broken")

    button = Widget()
    loop.on_click(button, breaks)
    button.fire(button)
    await turns()
    assert not button.disabled
    assert "breaks(), called by a widget:" in loop.background_errors[0].text


async def test_of_many_changes_the_newest_is_done_next(lab: None) -> None:
    """A slider that is dragged does not queue up every value on the way."""
    go, seen = asyncio.Event(), []

    async def work(change: Any) -> None:
        seen.append(change)
        await go.wait()

    slider = Widget()
    handle = loop.observe(slider, work)
    for value in (1, 2, 3):
        slider.fire(value)
        await turns()
    go.set()
    assert handle.task is not None
    await handle.task
    assert seen == [1, 3]
    handle.disconnect()
    assert slider.handlers == []


async def test_disconnecting_cancels_what_runs(lab: None) -> None:
    """Nothing is left for `finish` to complain about."""

    async def work(button: Any) -> None:
        await asyncio.Event().wait()

    button = Widget()
    handle = loop.on_click(button, work)
    button.fire(button)
    await turns()
    handle.disconnect()
    handle.disconnect()
    await loop.finish()
    assert not button.disabled and button.handlers == []


def test_an_origin_is_the_line_that_made_it() -> None:
    """Not the line in the standard library."""
    origin = call_sites.of_caller()
    assert str(origin).startswith("lab/test_loop.py:")
    assert not origin.kernel
    assert str(call_sites.Origin()) == "the event loop"
    assert call_sites.place(str(Path(loop.__file__)), 7) == "course_lib/lab/loop.py:7"
