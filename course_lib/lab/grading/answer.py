"""What a judge is given: the learner's code, and the marks to fill in.

    answer = begin(exercise, parts)        answer.call("cut", data)        answer.marks.right("…")

Exercises.  Builds on: remote, marks.
What is new here: nothing; the two belong together because a process may end in the middle of a
judge, and what was marked until then still counts.
Left out: everything else.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import marks
from .exercise import Exercise
from .sandbox.remote import Part
from .sandbox.remote import Remote as Answer

__all__ = ["Answer", "begin"]


def begin(exercise: Exercise, parts: Sequence[Part]) -> Answer:
    """The answer in its process, with empty marks for this exercise."""
    # `given` runs again at the end: an answer that redefines one of its names gains nothing.
    texts = [*exercise.guards, *exercise.given, *parts, *exercise.given]
    answer = Answer(texts, exercise.limits)
    answer.marks = marks.Marks(exercise)
    return answer
