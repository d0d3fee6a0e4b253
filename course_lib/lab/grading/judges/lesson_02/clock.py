"""A stage without real sleep: `time.sleep` in an answer raises TimeSleep, which ends the call.

    stage = begin(answer)                     time.sleep(2) in the answer ─▶ Raised("TimeSleep")
    blocked(marks, case, value, "put")        True: `value` was that, and is now marked as wrong

Exercises.  Builds on: `grading` (its stage).  Used by the judges of 2.1, 2.2 and 2.4.
What is new here: a text of ours runs before the learner's and replaces `time.sleep`.  TimeSleep is
no `Exception`, so a loop with `except Exception` in the answer does not catch it.
Left out: other ways to stop a loop, such as a lock or a long calculation.
"""

from __future__ import annotations

from typing import Any

from ...answer import Answer
from ...marks import Marks
from ...sandbox.remote import Stage
from ...sandbox.values import Raised
from ...verdict import WrongIdea

NAME = "blocks_the_loop"
OURS = "the grader's text"
BEFORE = """\
import time

class TimeSleep(BaseException):
    pass

def _sleep(seconds):
    raise TimeSleep(f"time.sleep({seconds})")

time.sleep = _sleep
del _sleep
"""
IDEA = WrongIdea(
    "time.sleep stops everybody",
    "There is one loop for everything. While time.sleep waits, no other reader is answered, no "
    "message is put and no connection is served. await asyncio.sleep, or wait with a timeout of "
    "asyncio: then the others run.",
)


def begin(answer: Answer) -> Stage:
    """Start a new process whose `time.sleep` raises TimeSleep; return its stage."""
    answer.parts.insert(0, (OURS, BEFORE))
    answer.restart()
    return answer.stage()


def blocked(marks: Marks, case: str, value: Any, given: str) -> bool:
    """Did TimeSleep end the call?  Then mark the case with the idea `blocks_the_loop`."""
    if not (isinstance(value, Raised) and value.type == "TimeSleep"):
        return False
    lines = [line for line in value.lines.split("\n") if not line.startswith(OURS)]
    marks.fail(
        case,
        observed="\n".join([f"{given} called {value.message}", *lines]).rstrip(),
        expected="it waits with await, so that others can run meanwhile",
        idea=NAME,
    )
    return True
