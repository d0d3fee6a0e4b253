"""What an answer may use, and the two ways in which judging it may end early.

    Ended        the answer's process ended, by its own fault: there is a verdict
    GraderError  the grader failed: there is no verdict

Exercises.  Builds on: errors.
What is new here: nothing.
Left out: how the limits are set; see `confine`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .... import errors


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may use; the defaults are the course's."""

    wall: float = 5.0  # seconds for one question
    total: float = 30.0  # seconds for all of them
    start: float = 20.0  # seconds until the process has started, also on a busy machine
    cpu: int = 10  # seconds of processor time for all of them
    memory: int = 512 * 1024 * 1024
    file: int = 1024 * 1024
    files: int = 64
    descriptors: int = 64
    processes: int = 32
    output: int = 1024 * 1024
    replies: int = 32 * 1024 * 1024  # bytes of all that it returns, or gives to the judge's objects


class GraderError(errors.CourseError):
    """The grader failed, not the answer."""


class Ended(Exception):
    """The answer's process has ended.  `kind` is one word; the text is for the learner."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
