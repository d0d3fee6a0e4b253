"""Right and wrong answers, kept as files, and short ways to grade a text."""

from __future__ import annotations

import textwrap
from pathlib import Path

from course_lib.lab.grading import registry, runner, submission
from course_lib.lab.grading.sandbox import process, remote
from course_lib.lab.grading.verdict import Verdict

FOLDER = Path(__file__).parents[2] / "exercises"
KINDS = ("right", "wrong", "unnamed")
QUICK = process.Limits(wall=20.0, total=60.0)


def files(kind: str) -> list[tuple[str, Path]]:
    """(exercise's number, file) for each answer in tests/exercises/right, …/wrong or …/unnamed.

    An unnamed one is wrong in a way that is none of the exercise's wrong ideas.
    """
    return [(path.parent.name, path) for path in sorted((FOLDER / kind).glob("*/*.py"))]


def grade(number: str, text: str, name: str = "the answer") -> Verdict:
    """Judge a text as it stands."""
    return runner.grade(registry.find(number), submission.whole(name, text))


def remotely(text: str, limits: process.Limits = QUICK) -> remote.Remote:
    """The text in a process of its own."""
    return remote.Remote([("answer.py", textwrap.dedent(text))], limits)
