"""What a judge is given: the learner's code, and the marks to fill in.

Exercises.  Builds on: exercise, marks, sandbox.remote.
What is new here: one object has both, because the answer's process may end in the middle of a
judge, and the marks made until then still count.
Left out: running a judge; see `runner`.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import marks
from .exercise import Exercise
from .sandbox import remote


class Answer(remote.Remote):
    """A `Remote` with `marks`."""

    def __init__(self, exercise: Exercise, parts: Sequence[remote.Part]) -> None:
        super().__init__(parts, exercise.limits)
        self.marks = marks.Marks(exercise)
