"""An answer in the test's own process: what a judge decides, without what isolation costs.

    Local(limits).ask({"do": …}, serve) ─▶ {"value": …} | {"raised": …}

Builds on: `sandbox.child`, whose `Server` runs the same text in the same way.
What is new here: there is no pipe.  A call of the answer's is a call on this thread, and what it
asks of an object of the judge is a call back.  Starting a process costs 0.1 s of CPU, and the tests
of judges need more than a thousand.
Left out: limits.  An answer that never returns, or that ends its process, needs `isolated=True`;
such files begin with `# isolated`.  What isolation promises is tested in `sandbox`.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import gc
import importlib
import io
import json
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

from course_lib.lab.grading.sandbox import process


def _load_child() -> Any:
    """The child is a program and finds its modules beside itself; this process forgets them."""
    path, known = sys.path.copy(), set(sys.modules)
    child = importlib.import_module("course_lib.lab.grading.sandbox.child")
    sys.path[:] = path
    for name in ("confine", "values"):
        if name not in known:
            del sys.modules[name]
    return child


CHILD = _load_child()
# What an object of a judge may raise in the answer on purpose, or for an argument.
MEANT = (TypeError, ValueError, LookupError, OSError, EOFError)


class _Line:
    """What `Server.ask` sends and receives: a call of the judge's object."""

    def __init__(self) -> None:
        self.serve: process.Serve
        self.failed: BaseException | None = None  # what the judge's own object raised
        self._reply: dict[str, Any] = {}

    def send(self, message: dict[str, Any]) -> None:
        try:
            self._reply = _plain(self.serve(_plain(message["ask"])))
            kind, text = self._reply.get("raise", ("ValueError", ""))
            if not (issubclass(getattr(builtins, kind), MEANT) or text.startswith("there is no ")):
                raise AssertionError(f"an object of the judge raised {kind}: {text}")
        except BaseException as error:
            self.failed = error
            raise

    def receive(self) -> dict[str, Any]:
        return self._reply


class Local:
    """In the place of `process.Process`."""

    missing: list[str] = []  # noqa: RUF012 - nobody appends to it

    def __init__(self, limits: process.Limits) -> None:
        self._printed = io.StringIO()
        self._line = _Line()
        self._server = CHILD.Server(self._line)
        self._sleep = time.sleep

    @property
    def output(self) -> bytes:
        return self._printed.getvalue().encode(errors="replace")

    def ask(self, message: dict[str, Any], serve: process.Serve) -> dict[str, Any]:
        self._line.serve = serve
        message = _plain({"id": 0, **message})
        with self._quiet(), _watched():
            try:
                result = {"value": self._server._verbs[message["do"]](message)}
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                result = {"raised": self._server._raised(error)}
        if self._line.failed is not None:  # a fault of the judge, whatever the answer made of it
            raise self._line.failed
        reply: dict[str, Any] = _plain(result)
        return reply

    def close(self) -> None:
        """Let go of everything of the answer, while warnings about it are still its own."""
        with self._quiet():
            if self._server.stage is not None:
                _end(self._server.stage)
            self._server = self._line = None
            sys.modules.pop(CHILD.ANSWER, None)
            gc.collect()

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """What the answer prints, and what Python warns of, is kept as the child's stderr is."""
        with (
            contextlib.redirect_stdout(self._printed),
            contextlib.redirect_stderr(self._printed),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("default")
            warnings.showwarning = self._show
            ours, time.sleep = time.sleep, self._sleep  # a judge's text may replace it
            try:
                yield
            finally:
                self._sleep, time.sleep = time.sleep, ours

    def _show(self, message: Any, category: Any, *place: Any) -> None:
        self._printed.write(CHILD.warned(message, category, *place[:2]))


class Endless(KeyboardInterrupt):
    """An answer computes without end, and no process limits it here."""


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """End a call after a minute of CPU, however long that is on the wall."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise Endless("more than 60 s of CPU: begin its file with `# isolated`")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _end(stage: Any) -> None:
    """Cancel what still waits on the clock, as no process ends here."""
    loop = stage._loop
    for _ in range(3):  # a task may start another when it is cancelled
        for task in asyncio.all_tasks(loop):
            task.cancel()
        stage.run(stage._clock.now, 1000)
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # it ignores that it is cancelled; asyncio would complain
    loop.close()


def _plain(value: Any) -> Any:
    """As JSON makes of it on a pipe."""
    return json.loads(json.dumps(value))
