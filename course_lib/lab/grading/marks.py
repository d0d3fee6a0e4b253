"""The marks that a trial makes: which cases are right, and what was wrong first.

    marks.right("keep-alive")
    marks.fail("Hangul", observed="f('안') gave 1", expected="3", idea="length_in_characters")
    marks.verdict() -> Verdict

Exercises.  Builds on: exercise, verdict, byte_diff, showing, sandbox.process, sandbox.values.
What is new here: a case that was wrong once stays so, and a fault without a reason gets the rule of
its case.
Left out: weights; each case counts the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .byte_diff import ByteDiff
from .exercise import Exercise
from .sandbox import process
from .sandbox.values import NotPlain, Raised
from .showing import brief, gave, shown, told
from .verdict import Case, Verdict

ALONE = (
    "Your code is graded in a process of its own. It has the standard library, and what your "
    "cells define; neither course_lib nor the objects of this kernel."
)
UNAWAITED = "A coroutine is no value yet: put await before the call that gives it."
__all__ = ["ALONE", "UNAWAITED", "Marks", "brief", "diff", "gave", "hint_of_call", "hint_of_type",
           "shown", "told"]  # fmt: skip


@dataclass(slots=True)
class _Fault:
    idea: str
    observed: str
    expected: str
    why: str
    diff: ByteDiff | None


class Marks:
    """The marks of one answer."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._cases: dict[str, bool | None] = dict.fromkeys(exercise.cases)
        self._faults: list[_Fault] = []
        self._empty = False  # a call raised the stub's NotImplementedError
        self._ended = ""

    def right(self, case: str) -> None:
        """Mark the case right, unless something in it was wrong before."""
        if self._looked_at(case) is None:
            self._cases[case] = True

    def fail(
        self,
        case: str,
        *,
        observed: str,
        expected: str,
        idea: str = "",
        diff: ByteDiff | None = None,
        why: str = "",
        raised: Raised | None = None,
    ) -> None:
        """Mark the case wrong."""
        self._looked_at(case)
        self._cases[case] = False
        if raised is not None and raised.type == "NotImplementedError":
            self._empty = True
        if raised is not None and raised.type == "ModuleNotFoundError":
            why = ALONE
        if idea and idea not in self.exercise.wrong_ideas:
            raise process.GraderError(f"{self.exercise.number} has no wrong idea {idea!r}")
        why = why or self.exercise.cases[case]
        self._faults.append(_Fault(idea, observed, expected, why, diff))

    def ended(self, error: process.Ended) -> None:
        """Record that the answer's process ended; cases without a mark count as failed."""
        self._ended = error.kind
        self._faults.append(_Fault("", str(error), "an answer", "", None))

    def verdict(self) -> Verdict:
        """The verdict on all marks.  It shows the first fault with a named idea, else the first."""
        exercise = self.exercise
        cases = [Case(title, bool(passed)) for title, passed in self._cases.items()]
        passed = all(case.passed for case in cases) and not self._faults
        score = sum(case.passed for case in cases) / len(cases)
        verdict = Verdict(exercise.number, exercise.title, passed, score, cases=cases)
        verdict.ended = self._ended
        verdict.attempted = not self._empty or score > 0
        if passed:
            return verdict
        if not self._faults:
            raise process.GraderError(f"{exercise.number}: the judge skipped a case: {cases}")
        fault = next((fault for fault in self._faults if fault.idea), self._faults[0])
        verdict.observed, verdict.expected = fault.observed, fault.expected
        verdict.why, verdict.diff = fault.why, fault.diff
        if fault.idea:
            idea = exercise.wrong_ideas[fault.idea]
            verdict.wrong_idea, verdict.idea_title = fault.idea, idea.title
            verdict.why = idea.why
        return verdict

    def _looked_at(self, case: str) -> bool | None:
        if case not in self._cases:
            raise process.GraderError(f"{self.exercise.number} has no case {case!r}")
        return self._cases[case]


def diff(observed: Any, expected: Any) -> ByteDiff | None:
    """The difference of two values that are both bytes or both text; None for any others."""
    if isinstance(observed, str) and isinstance(expected, str):
        observed = observed.encode(errors="surrogatepass")
        expected = expected.encode(errors="surrogatepass")
    if isinstance(observed, bytes) and isinstance(expected, bytes) and observed != expected:
        return ByteDiff(observed, expected)
    return None


def hint_of_type(observed: Any, expected: Any) -> str:
    """A sentence about a type that is wrong, or about an await; empty if that is not the matter."""
    if type(observed) is tuple and type(expected) is tuple and len(observed) == len(expected):
        for position, (part, right) in enumerate(zip(observed, expected, strict=True)):
            if part is None and right is not None:
                return f"Value {position + 1} is None. Expected is {type(right).__name__}."
            if hint := hint_of_type(part, right):
                return hint
        return ""
    hint = hint_of_call(observed)
    if hint or isinstance(observed, Raised):
        return hint
    wanted = "None" if expected is None else type(expected).__name__
    if observed is None:
        return f"Your function returned None. Is there a return? Expected is {wanted}."
    if isinstance(observed, NotPlain):
        return f"Expected is {wanted} itself, and you returned an object of type {observed.type}."
    if type(observed) is not type(expected):
        return f"You returned {type(observed).__name__}; expected is {wanted}."
    return ""


def hint_of_call(observed: Any) -> str:
    """A sentence about an await or `async` that is missing, or one too many; empty if none is."""
    kind, told = getattr(observed, "type", ""), getattr(observed, "message", "")
    if kind == "coroutine" or "'coroutine'" in told:
        return UNAWAITED
    if "NoneType can't be used in 'await'" in told:
        return "A call gave None, which nobody can wait for: leave the await out."
    if "awaitable is required" in told or "can't be used in 'await'" in told:
        return "Only what a call gives can be awaited, not the function: are its () missing?"
    if "context manager protocol" in told:
        return "Some things are entered with `async with`: is the async missing?"
    if "running event loop" in told:
        return "A loop runs already, and your function is called in it: async def, and await."
    return ""
