"""A mailbox of the answer on a stage, and whether a `take` did what it should.

    box.put("안녕")      box.take(0, 25.0) ─▶ task      box.until(now) ─▶ Turn
                                                        box.ended[task] ─▶ Happened

Exercises.  Builds on: `grading` (its stage), `clock`.  Used by the judge of 2.1.
What is new here: a `take` is right if it returns the right value at the right moment.
Left out: which wrong idea a wrong `take` shows; see `hold_story`.
"""

from __future__ import annotations

from typing import Any

from ...answer import Answer
from ...marks import shown
from ...sandbox.remote import Happened, RemoteObject, Stage, Turn
from ...sandbox.values import NotPlain, Raised, same
from . import clock as clocks

NEAR = 1e-6


class Box:
    """The answer's mailbox on a stage, with what was put into it, and how each take has ended."""

    def __init__(self, answer: Answer, stage: Stage, made: RemoteObject, case: str) -> None:
        self.answer, self.stage, self.made, self.case = answer, stage, made, case
        self.log: list[str] = []
        self.ended: dict[Any, Happened] = {}

    def put(self, message: str) -> None:
        self.log.append(message)
        got, given = self.stage.call("put", message, on=self.made), f"put({message!r})"
        if clocks.blocked(self.answer.marks, self.case, got, given):
            return
        if isinstance(got, NotPlain) and got.type == "coroutine":
            plain = "put is called and not awaited: write def, not async def."
            self.answer.marks.equal(self.case, got, None, given=given, why=plain)
        elif isinstance(got, Raised):
            self.answer.marks.equal(self.case, got, None, given=given)

    def take(self, cursor: int, hold: float) -> Any:
        return self.stage.start("take", cursor, hold, on=self.made)

    def until(self, when: float, steps: int = 3000) -> Turn:
        """Let time pass to `when`, and note the tasks that ended."""
        turn = self.stage.run(until=when, steps=steps)
        self.ended |= {event.task: event for event in turn.happened}
        return turn

    def right(self, task: Any, due: float, wanted: Any) -> bool:
        event = self.ended.get(task) if type(task) is int else None
        return event is not None and same(event.value, wanted) and abs(event.at - due) < NEAR

    def check(self, task: Any, due: float, wanted: Any, given: str, when: str) -> bool:
        """Did this task return `wanted` at the time `due`?  `when` is that time in words."""
        marks, case = self.answer.marks, self.case
        event = self.ended.get(task) if type(task) is int else None
        value = task if isinstance(task, Raised) else event and event.value
        if clocks.blocked(marks, case, value, given):
            return False
        expected = f"{shown(wanted)} {when}"
        if isinstance(task, Raised) or (event is not None and isinstance(value, Raised)):
            return marks.equal(case, value, wanted, given=given)
        if event is None:
            return marks.fail(case, observed=f"{given} has not answered", expected=expected)
        early = due - event.at
        if early > 0.01:
            said = f"{given} gave {shown(value)} {early:.3f} s too early"
            return marks.fail(case, observed=said, expected=expected)
        if not same(value, wanted):
            return marks.equal(case, value, wanted, given=given)
        said = f"{given} gave it {-early:.3f} s too late"
        return marks.true(case, -early < 0.01, observed=said, expected=expected)


def one_only(value: Any, short: Any, wanted: Any) -> bool:
    """Did `take` return only the first of several messages?  Its cursor does not matter."""
    return len(wanted[0]) > 1 and isinstance(value, tuple) and value[:1] == short[:1]
