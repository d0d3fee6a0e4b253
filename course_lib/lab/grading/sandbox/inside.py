"""A program of the grader's own, in the grader's own process, behind the face of an answer.

    answer = of({"cut": right_cut}) ─▶ Remote        answer.call("cut", b"…") as with a learner's

Exercises.  Builds on: server, remote, process (whose place `Inside` takes).
What is new here: nothing but the process is left out: values are packed, exceptions are `Raised`,
and coroutines run on the same clock.  So a right program and a learner's are compared as equals.
Left out: limits.  Only what this course wrote may run here.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import process, remote, server


class _Line:
    """What `Server.ask` sends and receives: a call of the judge's object."""

    def __init__(self) -> None:
        self.serve: process.Serve
        self.failed: BaseException | None = None  # what the judge's own object raised
        self._reply: dict[str, Any] = {}

    def send(self, message: dict[str, Any]) -> None:
        try:
            self._reply = self.serve(message["ask"])
        except BaseException as error:
            self.failed = error
            raise

    def receive(self) -> dict[str, Any]:
        return self._reply


class Inside:
    """In the place of `process.Process`.  `names` are globals of the texts that it loads."""

    missing: Sequence[str] = ()
    output = b""

    def __init__(self, names: Mapping[str, Any], limits: process.Limits | None = None) -> None:
        self.line = _Line()
        self.server = server.Server(self.line)
        self.server.module.__dict__.update(names)

    def ask(self, message: dict[str, Any], serve: process.Serve) -> dict[str, Any]:
        self.line.serve, module = serve, sys.modules.get(server.ANSWER)
        try:
            with _no_loop():
                result = self.server.do({"id": 0, **message})
        finally:
            sys.modules.pop(server.ANSWER, None)  # `load` registers it, for dataclasses
            if module is not None:
                sys.modules[server.ANSWER] = module
        if self.line.failed is not None:
            raise self.line.failed
        return result

    def close(self) -> None:
        """End its tasks."""
        if self.server.stage is not None:
            with _no_loop():
                self.server.stage.close()
            self.server.stage = None


@contextlib.contextmanager
def _no_loop() -> Iterator[None]:
    """Hide the loop of a notebook, which runs while its cell is judged; asyncio allows one."""
    loop = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    try:
        yield
    finally:
        asyncio.events._set_running_loop(loop)


def of(names: Mapping[str, Any], given: Sequence[remote.Part] = ()) -> remote.Remote:
    """An answer that consists of these functions and classes, after the texts of `given`."""
    answer = remote.Remote(given)
    answer.launch = functools.partial(Inside, names)  # type: ignore[assignment]
    return answer
