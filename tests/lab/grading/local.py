"""An answer in the test's own process: what a judge decides, without what isolation costs.

    Local(limits).ask({"do": …}, serve) ─▶ {"value": …} | {"raised": …}

Builds on: `sandbox.inside`, which runs programs of the judges in the same way.
What is new here: there is no pipe.  A call of the answer's is a call on this thread, and what it
asks of an object of the judge is a call back.  Starting a process costs 0.1 s of CPU, and the tests
of judges need more than a thousand.
Left out: limits.  An answer that never returns, or that ends its process, needs `isolated=True`;
such files begin with `# isolated`.  What isolation promises is tested in `sandbox`.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import io
import json
import signal
import time
import warnings
from collections.abc import Iterator
from typing import Any

from course_lib.lab.grading.sandbox import inside, process, server

# What an object of a judge may raise in the answer on purpose, or for an argument.
MEANT = (TypeError, ValueError, LookupError, OSError, EOFError)


class Local(inside.Inside):
    """In the place of `process.Process`, for a learner's text."""

    def __init__(self, limits: process.Limits) -> None:
        super().__init__({}, limits)
        self._printed = io.StringIO()
        self._sleep = time.sleep

    @property
    def output(self) -> bytes:  # type: ignore[override]
        return self._printed.getvalue().encode(errors="replace")

    def ask(self, message: dict[str, Any], serve: process.Serve) -> dict[str, Any]:
        with self._quiet(), _watched():
            reply = super().ask(_plain(message), lambda asked: _served(serve, asked))
        result: dict[str, Any] = _plain(reply)
        return result

    def close(self) -> None:
        """Let go of everything of the answer, while warnings about it are still its own."""
        with self._quiet():
            super().close()
            self.server = self.line = None  # type: ignore[assignment]
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
            warnings.showwarning = self._show  # type: ignore[assignment]
            ours, time.sleep = time.sleep, self._sleep  # a judge's text may replace it
            try:
                yield
            finally:
                self._sleep, time.sleep = time.sleep, ours

    def _show(self, message: Any, category: Any, *place: Any) -> None:
        self._printed.write(server.warned(message, category, *place[:2]))


def _served(serve: process.Serve, asked: Any) -> dict[str, Any]:
    """What the judge's object replies; another exception than those that are meant is its fault."""
    reply: dict[str, Any] = _plain(serve(_plain(asked)))
    kind, text = reply.get("raise", ("ValueError", ""))
    if not (issubclass(getattr(builtins, kind), MEANT) or text.startswith("there is no ")):
        raise AssertionError(f"an object of the judge raised {kind}: {text}")
    return reply


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


def _plain(value: Any) -> Any:
    """As JSON makes of it on a pipe."""
    return json.loads(json.dumps(value))
