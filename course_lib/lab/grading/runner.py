"""From a text to a verdict.

    grade(exercise, submission) ─▶ process, judge ─▶ Verdict

Exercises.  Builds on: answer, submission, verdict.
What is new here: `grade` returns a verdict whatever the learner's code does; it raises GraderError
for a mistake of the grader itself, and nothing else.
Left out: many answers at once; `classroom.pool` runs `grade` in several worker processes.
"""

from __future__ import annotations

import random
import secrets

from . import answer, marks, trial
from .exercise import Exercise
from .marks import ALONE
from .sandbox import process
from .sandbox.values import Raised
from .submission import Submission
from .verdict import Verdict

__all__ = ["GraderError", "grade"]

GraderError = process.GraderError


def grade(exercise: Exercise, submission: Submission, *, seed: int | None = None) -> Verdict:
    """Judge the submission.  Raises GraderError when the grader itself fails.

    `seed` repeats the random inputs of an earlier run; without it they are new.
    """
    if submission.missing:
        return _absent(exercise, submission)
    seed = secrets.randbits(64) if seed is None else seed
    given = answer.begin(exercise, submission.parts)
    try:
        verdict = _judge(exercise, given, seed)
    finally:
        given.close()
    verdict.output = given.output
    verdict.missing = given.missing
    forgotten = "was never awaited" in verdict.output and "raised" not in verdict.observed
    general = ("", trial.SAME, *exercise.cases.values())  # reasons that know less
    if forgotten and not (verdict.passed or verdict.wrong_idea) and verdict.why in general:
        verdict.why = marks.UNAWAITED
    return verdict


def _judge(exercise: Exercise, given: answer.Answer, seed: int) -> Verdict:
    try:
        failed = given.restart()
        if failed is not None:
            return _does_not_run(exercise, given, failed)
        return exercise.judge(given, random.Random(seed))
    except process.Ended as error:
        given.marks.ended(error)
        return given.marks.verdict()
    except process.GraderError:
        raise
    except Exception as error:
        raise process.GraderError(
            f"the judge of {exercise.number} failed (seed {seed}): {type(error).__name__}: {error}"
        ) from error


def _does_not_run(exercise: Exercise, given: answer.Answer, failed: Raised) -> Verdict:
    """The text raised an exception before any function could be called."""
    marks = given.marks
    marks.fail(
        next(iter(exercise.cases)),
        observed=f"running your cell raised {failed!r}\n{failed.lines}".rstrip(),
        expected="a cell that runs in a process of its own, without the rest of the notebook",
        raised=failed,
        why=ALONE if failed.type in ("ModuleNotFoundError", "NameError") else "",
    )
    return marks.verdict()


def _absent(exercise: Exercise, submission: Submission) -> Verdict:
    """No cell defines a name that the exercise asks for."""
    names = ", ".join(submission.missing)
    verdict = Verdict(exercise.number, exercise.title, False, 0.0, attempted=False)
    verdict.observed = f"no cell that was run defines {names}"
    verdict.expected = f"a cell that defines {', '.join(exercise.names)}"
    verdict.why = "Run the cell with your answer (Shift+Enter), then check again."
    if submission.broken:
        verdict.why = f"{', '.join(submission.broken)} is no valid Python. " + verdict.why
    return verdict
