"""Right and wrong answers, kept as files, and short ways to grade a text."""

from __future__ import annotations

import textwrap
import unittest.mock as mock
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.lab.grading import registry, runner, submission
from course_lib.lab.grading.judges.lesson_02 import ex_5_model
from course_lib.lab.grading.sandbox import process, remote
from course_lib.lab.grading.verdict import Verdict

from . import local

FOLDER = Path(__file__).parents[2] / "exercises"
KINDS = ("right", "wrong", "unnamed")
SEED = 20  # of the inputs that every answer is judged on in `make test`
ISOLATED = "# isolated"  # the first line of an answer that never returns, or ends its process
QUICK = process.Limits(wall=20.0, total=60.0)


def files(kind: str) -> list[tuple[str, Path]]:
    """(exercise's number, file) for each answer in tests/exercises/right, …/wrong or …/unnamed.

    An unnamed one is wrong in a way that is none of the exercise's wrong ideas.
    """
    return [(path.parent.name, path) for path in sorted((FOLDER / kind).glob("*/*.py"))]


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """What a simulation gave, once for all answers: the same inputs have the same truth."""
    known: dict[str, Any] = {}

    def remember(*args: Any, **kwargs: Any) -> Any:
        key = repr((args, kwargs))
        if key not in known:
            known[key] = function(*args, **kwargs)
        return known[key]

    return remember


_simulated = _remembered(ex_5_model.simulated)


def grade(
    number: str,
    text: str | submission.Submission,
    name: str = "the answer",
    *,
    seed: int | None = SEED,
    isolated: bool = False,
) -> Verdict:
    """Judge a text as it stands, on inputs that `seed` draws (None: on new ones).

    It runs in this process, unless it says that it needs its own or `isolated` says so.
    """
    handed = submission.whole(name, text) if isinstance(text, str) else text
    isolated = isolated or any(part.startswith(ISOLATED) for _, part in handed.parts)
    launch = process.Process if isolated else local.Local
    with (
        mock.patch.object(remote.Remote, "launch", launch),
        mock.patch.object(ex_5_model, "simulated", _simulated),
    ):
        return runner.grade(registry.find(number), handed, seed=seed)


def remotely(text: str, limits: process.Limits = QUICK) -> remote.Remote:
    """The text in a process of its own."""
    return remote.Remote([("answer.py", textwrap.dedent(text))], limits)
