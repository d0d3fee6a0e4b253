"""What a judge is given: the learner's code, and the marks to fill in.

Exercises.  Builds on: remote, marks.
What is new here: nothing; the two belong together because a process may end in the middle of a
judge, and what was marked until then still counts.
Left out: everything else.
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
