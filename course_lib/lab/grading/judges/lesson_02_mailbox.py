"""A mailbox of the answer on a stage, and whether a `take` did what it should.

    box.put("안녕")      box.take(0, 25.0) ─▶ task      box.until(now) ─▶ Turn

Exercises.  Builds on: `grading` (its stage).  Used by the judge of 2.1.
What is new here: an answer is right when it is the right value at the right moment.
Left out: what is wrong about a wrong one; the judge knows.
"""

from __future__ import annotations

from typing import Any

from ..answer import Answer
from ..marks import Marks, shown
from ..remote import Held, Stage
from ..staged import Happened, Turn
from ..values import Odd, Raised, same

NEAR = 1e-6


class Box:
    """The answer's mailbox on a stage, with what was put into it."""

    def __init__(self, answer: Answer, stage: Stage, made: Held, case: str) -> None:
        self.answer, self.stage, self.made, self.case = answer, stage, made, case
        self.log: list[str] = []

    def put(self, message: str) -> None:
        self.log.append(message)
        got = self.stage.call("put", message, on=self.made)
        if isinstance(got, Raised) or (isinstance(got, Odd) and got.type == "coroutine"):
            self.answer.marks.equal(self.case, got, None, given=f"put({message!r})")

    def take(self, cursor: int, hold: float) -> Any:
        return self.stage.start("take", cursor, hold, on=self.made)

    def until(self, when: float, steps: int = 3000) -> Turn:
        """Let time pass, and do what is due then."""
        return self.stage.run(until=when, steps=steps)


def check(
    marks: Marks, case: str, task: Any, turn: Turn, due: float, wanted: Any, given: str
) -> bool:
    """Did this task return what it should, when it should?"""
    happened = of(turn, task)
    if isinstance(task, Raised):
        return marks.equal(case, task, wanted, given=given)
    if happened is None:
        return marks.fail(
            case,
            observed=f"{given} has not answered",
            expected=f"{shown(wanted)} in that moment",
        )
    if not same(happened.value, wanted):
        return marks.equal(case, happened.value, wanted, given=given)
    late = happened.at - due
    return marks.true(
        case,
        abs(late) < 0.01,
        observed=f"{given} answered {abs(late):.3f} s too {'late' if late > 0 else 'early'}",
        expected=f"{shown(wanted)} in that moment",
    )


def of(turn: Turn, task: Any) -> Happened | None:
    """What became of the task in this turn."""
    return next((event for event in turn.happened if event.task == task), None)


def right(event: Happened | None, due: float, wanted: Any) -> bool:
    return event is not None and same(event.value, wanted) and abs(event.at - due) < NEAR


def one_only(value: Any, short: Any, wanted: Any) -> bool:
    """The first message alone, where there are more; the cursor may even be the last one."""
    return len(wanted[0]) > 1 and isinstance(value, tuple) and value[:1] == short[:1]
