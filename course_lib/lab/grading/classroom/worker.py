"""One of the processes that grade a class: a line of JSON in, a line of JSON out.

    {"do": "read", "path", "name", "exercises": ["1.1"], "largest"}  ─▶ {"sha256", "answers"}
    {"do": "grade", "exercise": "1.1", "answer": {…}, "seed": …}     ─▶ {"verdict"} | {"error"}

Exercises.  Builds on: notebook, registry, runner.
What is new here: a judge may patch the clock of its whole process, so judges that work at the same
time are processes, not threads.  When the pipe closes or SIGTERM arrives, a worker first ends the
answer that it is grading, then itself.
Left out: which worker gets which answer; see `pool`.
"""

from __future__ import annotations

import _thread
import contextlib
import dataclasses
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from ....errors import CourseError
from .. import registry, runner
from ..submission import Submission
from . import notebook


def main() -> None:
    """Serve until the pipe closes."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a judge prints must not look like a reply
    questions: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        while line := questions.get():
            out.write(json.dumps(answer(json.loads(line))).encode("ascii") + b"\n")


def _listen(questions: queue.SimpleQueue[bytes]) -> None:
    rest = b""
    while data := os.read(0, 65536):  # the lock of sys.stdin would block Python's exit
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            questions.put(line)
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:  # a signal wakes the main thread, even if it waits for a lock
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, for the first signal only: no other may interrupt the clean-up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ignore)  # with SIG_IGN Python reports a pending signal as an error
    raise KeyboardInterrupt


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Do nothing."""


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """The reply to one message.  `error` is the grader's mistake, `problem` the notebook's."""
    try:
        return _read(message) if message["do"] == "read" else _grade(message)
    except CourseError as error:
        return {"problem" if message["do"] == "read" else "error": str(error)}
    except Exception as error:
        lines = "".join(traceback.format_exception(error)[-4:])
        return {"error": f"{type(error).__name__}: {error}\n{lines}"}


def _read(message: dict[str, Any]) -> dict[str, Any]:
    exercises = [registry.find(number) for number in message["exercises"]]
    content = notebook.read(Path(message["path"]), exercises, message["largest"], message["name"])
    return dataclasses.asdict(content)


def _grade(message: dict[str, Any]) -> dict[str, Any]:
    exercise = registry.find(message["exercise"])
    if message.get("wall"):
        ratio = message["wall"] / exercise.limits.wall
        limits = dataclasses.replace(
            exercise.limits, wall=message["wall"], total=exercise.limits.total * ratio
        )
        exercise = dataclasses.replace(exercise, limits=limits)
    given = message["answer"]
    parts = [(name, text) for name, text in given["parts"]]
    handed = Submission(parts, given["missing"], given["names"], given["broken"])
    verdict = runner.grade(exercise, handed, seed=message["seed"])
    if handed.missing and handed.broken:  # a cell that is no valid Python may define it
        verdict.attempted, verdict.ended = True, "syntax"
        verdict.observed = f"{', '.join(handed.broken)} is no valid Python"
        verdict.why = ""
    diff = verdict.diff.text() if verdict.diff else ""
    return {"verdict": verdict.as_dict() | {"tape_text": diff}, "text": handed.described()}
