"""What an exercise is: a number, what it asks, hints, wrong ideas by name, and its judge.

    Exercise(number="1.1", names=("request_bytes",), cases=(…), hints=(…, …, …), judge=…)

Exercises.  Builds on: sandbox.process (`Limits`), submission, verdict (`WrongIdea`).
What is new here: an `Exercise` checks its own fields when it is created, and raises LocalError.
Left out: where exercises are found; see `registry`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import LocalError
from . import submission
from .sandbox import process
from .verdict import Verdict, WrongIdea

if TYPE_CHECKING:
    from .answer import Answer

Judge = Callable[["Answer", random.Random], Verdict]

_NUMBER = re.compile(r"(?:\d{1,2}|p\d)\.\d{1,2}")
_IDEA = re.compile(r"[a-z0-9_]{3,40}")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.  `number` is "1.1" or "p1.2"; `section` the id of the section it follows.

    `cases` are the titles of what is judged, easy ones first, each with the rule that a learner is
    told who has it wrong without a wrong idea that has a name.  `given` are texts, with their
    names, that run before the answer and before each program of the judge; `guards` run before the
    answer alone, and may change what its process has (`time.sleep`).
    `slips` are sentences about mistakes that have no name, each with its programs, as a `WrongIdea`
    has them.  `core` marks the exercises of a lesson, two at most, that nobody should leave out.
    """

    number: str
    title: str
    section: str
    minutes: int
    names: tuple[str, ...]
    cases: Mapping[str, str]
    hints: tuple[str, str, str]
    wrong_ideas: Mapping[str, WrongIdea]
    judge: Judge
    limits: process.Limits = field(default_factory=process.Limits)
    slips: Mapping[str, str] = field(default_factory=dict)
    core: bool = False
    given: tuple[tuple[str, str], ...] = ()
    guards: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not _NUMBER.fullmatch(self.number):
            raise LocalError(f"an exercise is called 1.1 or p1.1, not {self.number!r}")
        if not (self.names and self.cases and len(self.hints) == 3 and self.wrong_ideas):
            raise LocalError(f"{self.number}: names, cases, three hints and wrong ideas are needed")
        for idea in self.wrong_ideas:
            if not _IDEA.fullmatch(idea):
                raise LocalError(f"{self.number}: {idea!r} is no name of a wrong idea")

    @property
    def lesson(self) -> str:
        """The number of its lesson: "01" of "1.1", "p1" of "p1.2"."""
        first = self.number.partition(".")[0]
        return first.zfill(2) if first.isdecimal() else first

    @property
    def given_names(self) -> set[str]:
        """What the texts of `given` define."""
        return {name for _, text in self.given for name in submission.names_in(text)}

    @property
    def kind(self) -> str:
        """`core` or `for practice`."""
        return "core" if self.core else "for practice"

    @property
    def points(self) -> int:
        """One point for each case."""
        return len(self.cases)

    @property
    def grade_id(self) -> str:
        """The exercise's name in nbgrader, which allows no dot."""
        return "exercise-" + self.number.replace(".", "-")
