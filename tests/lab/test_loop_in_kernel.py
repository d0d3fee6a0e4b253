"""lab.loop in a real kernel: what a learner sees in which cell, and that Interrupt is harmless."""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jupyter_client
import pytest

from course_lib.lab.authoring import lesson_run

ROOT = Path(__file__).parents[2]
TIMEOUT = 60.0


@dataclass
class Outcome:
    """One executed cell: its reply, and every output addressed to it so far."""

    reply: dict[str, Any]
    message_id: str
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return bool(self.reply["status"] == "ok")

    @property
    def error(self) -> str:
        return f"{self.reply.get('ename')}: {self.reply.get('evalue')}"


class Kernel:
    """A kernel, and its outputs by the cell that they are addressed to."""

    def __init__(self, folder: Path) -> None:
        env = {**os.environ, "IPYTHONDIR": str(folder), "PYTHONPATH": str(ROOT)}
        env.pop("COURSE_STRICT", None)
        self.manager = jupyter_client.KernelManager(
            kernel_name="python3", **lesson_run.sockets(folder)
        )
        self.manager.start_kernel(env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)
        self.by_cell: dict[str, list[dict[str, Any]]] = {}

    def send(self, code: str) -> str:
        """Queue a cell."""
        return str(self.client.execute(code))

    def reply(self, cell: str) -> Outcome:
        """Wait until a queued cell has been answered and its outputs are in."""
        while True:
            message = self.client.get_shell_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == cell:
                break
        self.outputs_until(
            cell,
            lambda found: any(
                m["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
                for m in found
            ),
        )
        return Outcome(message["content"], cell, self.by_cell.get(cell, []))

    def run(self, code: str) -> Outcome:
        """Execute a cell and wait for it."""
        return self.reply(self.send(code))

    def outputs_until(self, cell: str, enough: Any) -> list[dict[str, Any]]:
        """Read outputs until those of `cell` are enough."""
        deadline = time.monotonic() + TIMEOUT
        while not enough(self.by_cell.setdefault(cell, [])):
            assert time.monotonic() < deadline, self.by_cell
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            self.by_cell.setdefault(message["parent_header"].get("msg_id", ""), []).append(message)
        return self.by_cell[cell]

    def text(self, cell: str) -> str:
        """The text that a cell shows."""
        return "".join(
            m["content"]["text"] for m in self.by_cell.get(cell, []) if m["msg_type"] == "stream"
        )

    def shown(self, cell: str, text: str) -> str:
        """Wait until a cell shows a text, whenever it comes."""
        self.outputs_until(cell, lambda _: text in self.text(cell))
        return self.text(cell)

    def is_busy(self, cell: str) -> None:
        """Wait until a queued cell has begun."""
        self.outputs_until(cell, lambda found: any(m["msg_type"] == "execute_input" for m in found))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def _kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path_factory.mktemp("ipython"))
    try:
        yield kernel
    finally:
        kernel.close()


@pytest.fixture
def kernel(_kernel: Kernel) -> Iterator[Kernel]:
    """A kernel whose lab starts afresh."""
    started = _kernel.run(
        "import asyncio, os, signal, sys, time, urllib.request\n"
        "from course_lib.lab import loop\n"
        "loop.teardown(); loop.setup()"
    )
    assert started.ok, started.error
    yield _kernel
    assert _kernel.run("import os; os.environ.pop('COURSE_STRICT', None); loop.teardown()").ok


def test_the_kernel_runs_the_python_of_the_tests(kernel: Kernel) -> None:
    """What is measured here is the interpreter under test."""
    cell = kernel.run("print(sys.executable)")
    assert kernel.text(cell.message_id).strip() == sys.executable


def test_a_background_exception_appears_in_the_cell_that_caused_it(kernel: Kernel) -> None:
    """Although another cell runs when it happens, and without waiting for the collector."""
    causing = kernel.run(
        "async def boom():\n    await go.wait()\n    1 / 0\n"
        "go = asyncio.Event()\nasyncio.create_task(boom());"
    )
    other = kernel.run("go.set(); await asyncio.sleep(0.05); print('other')")
    shown = kernel.shown(causing.message_id, "ZeroDivisionError")
    assert "ZeroDivisionError" not in kernel.text(other.message_id)
    assert "in boom() (started at Cell In[" in shown
    assert ", line 3, in boom\n    1 / 0\n" in shown


def test_a_task_that_is_awaited_later_is_not_reported(kernel: Kernel) -> None:
    """Its exception belongs to the cell that awaits it."""
    kernel.run("async def boom(): 1 / 0\ntask = asyncio.create_task(boom())")
    kernel.run("await asyncio.sleep(0)")
    awaiting = kernel.run("await task")
    assert awaiting.error == "ZeroDivisionError: division by zero"
    checked = kernel.run("del task; print(loop.background_errors); await loop.finish()")
    assert checked.ok, checked.error
    assert kernel.text(checked.message_id).startswith("[]\n")


def test_a_failed_task_that_a_variable_holds_is_reported_a_cell_later(kernel: Kernel) -> None:
    """The commonest mistake: `task = create_task(...)`, and nobody looks at it."""
    causing = kernel.run(
        "async def boom(): raise ValueError('held')\nheld = asyncio.create_task(boom())"
    )
    kernel.run("await asyncio.sleep(0)")
    kernel.run("1")
    kernel.run("2")
    assert "which nobody has awaited" in kernel.shown(causing.message_id, "ValueError: held")
    finished = kernel.run("await loop.finish()")
    assert not finished.ok and "ValueError: held" in finished.error
    assert kernel.run("del held; await loop.finish()").ok


def test_with_strict_a_background_error_makes_a_cell_fail(kernel: Kernel) -> None:
    """A notebook that is built or tested may not hide one."""
    kernel.run("os.environ['COURSE_STRICT'] = '1'")
    failed = kernel.run(
        "async def boom(): 1 / 0\nasyncio.create_task(boom()); await asyncio.sleep(0)"
    )
    assert failed.reply["ename"] == "BackgroundFailure"
    assert "ZeroDivisionError" in failed.reply["evalue"]
    assert any(m["msg_type"] == "error" for m in failed.outputs)
    assert kernel.run("3").ok


def test_a_protocol_that_raises_is_shown_in_the_cell_that_started_the_server(
    kernel: Kernel,
) -> None:
    """Callbacks keep the context in which they were scheduled."""
    causing = kernel.run(
        "class Bad(asyncio.Protocol):\n"
        "    def data_received(self, data): raise RuntimeError('bad protocol')\n"
        "server = await asyncio.get_running_loop().create_server(Bad, '127.0.0.1', 0)\n"
        "port = server.sockets[0].getsockname()[1]"
    )
    kernel.run(
        "r, w = await asyncio.open_connection('127.0.0.1', port); w.write(b'x'); await r.read()\n"
        "w.close(); server.close()"
    )
    assert "bad protocol" in kernel.shown(causing.message_id, "RuntimeError")


def test_run_works_in_a_synchronous_cell_and_in_an_asynchronous_one(kernel: Kernel) -> None:
    """No `await`, and the result is there; an exception is raised with its traceback."""
    one = kernel.run("async def two(): await asyncio.sleep(0); return 2\nprint(loop.run(two()))")
    assert kernel.text(one.message_id) == "2\n"
    other = kernel.run("await asyncio.sleep(0); print(loop.run(two()))")
    assert kernel.text(other.message_id) == "2\n"
    failed = kernel.run("async def boom(): raise KeyError('inner')\nloop.run(boom())")
    assert failed.reply["ename"] == "KeyError"
    assert "boom" in "".join(failed.reply["traceback"])


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("await asyncio.sleep(600)", "CancelledError"),
        ("loop.run(asyncio.sleep(600))", "KeyboardInterrupt"),
        ("await asyncio.sleep(0); loop.run(asyncio.sleep(600))", "KeyboardInterrupt"),
        ("time.sleep(600)", "KeyboardInterrupt"),
    ],
)
def test_interrupt_ends_the_cell_and_not_the_kernel(kernel: Kernel, code: str, name: str) -> None:
    """At once, although nothing else happens in the kernel; and the cells behind it are aborted."""
    cell = kernel.send(f"print('begun', flush=True)\n{code}")
    kernel.shown(cell, "begun")
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    assert kernel.reply(cell).reply["ename"] == name
    print(f"interrupted {code!r} in {time.monotonic() - began:.2f} s")
    after = kernel.run("print('alive')")
    assert kernel.text(after.message_id) == "alive\n"
    assert kernel.run("await loop.finish()").ok


def test_interrupt_of_an_idle_kernel_does_nothing(kernel: Kernel) -> None:
    """Nobody is there to be interrupted."""
    kernel.manager.interrupt_kernel()
    assert kernel.run("1").ok


def test_interrupt_in_a_callback_of_the_loop_does_not_end_the_kernel(kernel: Kernel) -> None:
    """A KeyboardInterrupt there would; `run` raises an error that is reported like any other."""
    kernel.run(
        "async def inner():\n    print('waiting', flush=True)\n    await asyncio.sleep(600)\n"
        "async def outer(): loop.run(inner())"
    )
    cell = kernel.send(
        "asyncio.get_running_loop().call_later(0.01, lambda: asyncio.create_task(outer()));"
    )
    kernel.reply(cell)
    kernel.shown(cell, "waiting")
    kernel.manager.interrupt_kernel()
    assert "Interrupted" in kernel.shown(cell, "Interrupted: interrupted")
    assert kernel.run("1").ok


def test_queued_cells_all_answer(kernel: Kernel) -> None:
    """Run All queues every cell at once; `run` in one of them does not lose the others."""
    cells = [
        kernel.send(code)
        for code in (
            "print(loop.run(asyncio.sleep(0, 'a')))",
            "await asyncio.sleep(0.01); print('b')",
            "print(loop.run(asyncio.sleep(0.01, 'c')))",
            "print(await asyncio.sleep(0, 'd'))",
            "await loop.finish()",
        )
    ]
    replies = {}
    while len(replies) < len(cells):
        message = kernel.client.get_shell_msg(timeout=TIMEOUT)
        replies[message["parent_header"]["msg_id"]] = message["content"]["status"]
    assert [replies[cell] for cell in cells] == ["ok"] * len(cells)
    last = "Nothing left running: 0 tasks, 0 open connections.\n"
    kernel.shown(cells[-1], last)
    assert [kernel.text(cell) for cell in cells] == ["a\n", "b\n", "c\n", "d\n", last]


def test_finish_names_what_is_left_and_where_it_was_made(kernel: Kernel) -> None:
    """A task by its function, a server and a connection by their ports, each with cell and line."""
    kernel.run(
        "async def forever(): await asyncio.Event().wait()\n\n"
        "task = asyncio.create_task(forever())\n"
        "kept = []  # from 3.13 on, a StreamWriter that nobody holds closes its connection"
    )
    kernel.run(
        "server = await asyncio.start_server(lambda *ends: kept.append(ends), '127.0.0.1', 0)\n"
        "r, w = await asyncio.open_connection(*server.sockets[0].getsockname())"
    )
    failed = kernel.run("await loop.finish()")
    assert failed.reply["ename"] == "LeftRunning"
    lines = failed.reply["evalue"].splitlines()[1:]
    assert lines[0].startswith("task forever() (started at Cell In[") and "line 3)" in lines[0]
    assert lines[1].startswith("a server on port ") and "line 1)" in lines[1]
    assert lines[2].startswith("a connection from port ") and "line 2)" in lines[2]
    assert lines[3].startswith("a connection from port ") and "the event loop" in lines[3]
    assert lines[4].startswith("Did a cell run twice?")
    assert len(lines) == 5
    clean = kernel.run(
        "task.cancel(); server.close(); w.close(); kept[0][1].close(); del r, w, kept\n"
        "await loop.finish()"
    )
    assert clean.ok, clean.error


def test_finish_closes_what_was_registered(kernel: Kernel) -> None:
    """In the reverse order; a server across cells needs no cell of its own to close it."""
    kernel.run(
        "class Thing:\n"
        "    def __init__(self, name): self.name = name\n"
        "    async def close(self): print('closed', self.name)\n"
        "a = loop.register(Thing('a')); b = loop.register(Thing('b'))"
    )
    cell = kernel.run("await loop.finish()")
    assert kernel.text(cell.message_id) == (
        "closed b\nclosed a\nNothing left running: 0 tasks, 0 open connections.\n"
    )


def test_a_server_in_the_thread_answers_while_a_cell_blocks(kernel: Kernel) -> None:
    """The kernel's loop stands still in a synchronous cell; the lab's does not."""
    kernel.run(
        "from contextlib import asynccontextmanager\n"
        "@asynccontextmanager\n"
        "async def serve():\n"
        "    async def answer(r, w):\n"
        "        await r.readuntil(b'\\r\\n\\r\\n')\n"
        "        w.write(b'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nhello')\n"
        "        w.close(); await w.wait_closed()\n"
        "    async with await asyncio.start_server(answer, '127.0.0.1', 0) as server:\n"
        "        yield 'http://127.0.0.1:%d/' % server.sockets[0].getsockname()[1]\n"
    )
    cell = kernel.run(
        "with loop.in_thread(serve) as url:\n"
        "    print(urllib.request.urlopen(url, timeout=30).read())"
    )
    assert kernel.text(cell.message_id) == "b'hello'\n"
    kernel.run("server = loop.in_thread(serve); url = server.start(); assert server.start() == url")
    again = kernel.run("print(urllib.request.urlopen(url, timeout=30).read())")
    assert kernel.text(again.message_id) == "b'hello'\n"
    stopped = kernel.run("server.stop(); server.stop(); await loop.finish()")
    assert stopped.ok, stopped.error


def test_a_widget_callback_runs_its_coroutine_on_the_kernels_loop(kernel: Kernel) -> None:
    """Called from another thread, as a subshell does; the output is in the connecting cell."""
    connecting = kernel.run(
        "import ipywidgets, threading\n"
        "button = ipywidgets.Button(description='go')\n"
        "async def work(b):\n"
        "    here = asyncio.get_running_loop() is loop.kernel_loop()\n"
        "    print('on the kernel loop:', here)\n"
        "handle = loop.on_click(button, work)"
    )
    kernel.run("t = threading.Thread(target=button.click); t.start(); t.join()")
    assert kernel.shown(connecting.message_id, "\n") == "on the kernel loop: True\n"
    assert kernel.run("print(button.disabled, handle.busy)").ok
    broken = kernel.run(
        "async def breaks(b): 1 / 0\nhandle.disconnect(); handle = loop.on_click(button, breaks)"
    )
    kernel.run("button.click(); await asyncio.sleep(0.01)")
    assert "in breaks(), called by a widget" in kernel.shown(broken.message_id, "ZeroDivisionError")
