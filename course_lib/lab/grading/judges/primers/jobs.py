"""Jobs for the exercises of primer p1: async functions whose results the judge decides.

    Plan(1.5, "안녕")              ─▶ await job() gives "안녕" after 1.5 s of the judge's clock
    Plan(0.2, error=KeyError("x"))  ─▶ await job() raises it after 0.2 s

Exercises.  Builds on: `grading`.
What is new here: a text of ours, which runs before the learner's, makes the jobs in the answer's
process.  A job asks the judge for its result at its end, so the answer cannot know it earlier.
Left out: real time.  `time.sleep` raises RuntimeError, and the judge is told.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ... import text
from ...answer import Answer
from ...sandbox.remote import Turn

ERRORS = (ValueError, LookupError, ConnectionResetError, EOFError)
MAKER = """\
import asyncio, time

def _blocked(amount):
    for judge in _judges[-1:]:
        judge.block(amount)
    raise RuntimeError(f"time.sleep({amount}) stops everything in this thread")
_judges = []
time.sleep = _blocked

def course_jobs(judge, seconds):
    _judges.append(judge)
    home = asyncio.get_running_loop()
    def now():
        if asyncio.get_running_loop() is not home:
            raise RuntimeError("a job runs in the loop of its caller, and this is another loop")
        return home.time()
    def made(number, amount):
        async def job():
            judge.begin(number, now())
            try:
                await asyncio.sleep(amount)
            except asyncio.CancelledError:
                judge.leave(number, now())
                raise
            return judge.end(number, now())
        job.__qualname__ = "job"
        return job
    return [made(*each) for each in enumerate(seconds)]
"""


@dataclass(slots=True)
class Plan:
    """A job that takes so many seconds, and then gives a value or raises."""

    seconds: float
    value: str = ""
    error: Exception | None = None

    @property
    def given(self) -> str:
        """The value or the exception, as text for the learner."""
        return repr(self.error if self.error is not None else self.value)


class Diary:
    """The jobs call it when they begin, end, or are cancelled.  A peer of the answer."""

    def __init__(self, plans: Sequence[Plan], zero: float) -> None:
        self.plans = list(plans)
        self.zero = zero
        self.begun: dict[int, float] = {}
        self.ended: dict[int, float] = {}
        self.left: dict[int, float] = {}
        self.blocked: list[float] = []

    def begin(self, number: int, now: float) -> None:
        self.begun[self._known(number)] = now - self.zero

    def leave(self, number: int, now: float) -> None:
        self.left[self._known(number)] = now - self.zero

    def end(self, number: int, now: float) -> str:
        self.ended[self._known(number)] = now - self.zero
        plan = self.plans[number]
        if plan.error is not None:
            raise plan.error
        return plan.value

    def block(self, amount: float) -> None:
        self.blocked.append(float(amount))

    def _known(self, number: int) -> int:
        if type(number) is not int or not 0 <= number < len(self.plans):
            raise LookupError("there is no such job")
        return number


class Bench:
    """Scenes with jobs, one after another on the judge's clock; times count from a scene's start.

    After a fault the next scene has a new process, without tasks of the scene before.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.stage = answer.stage()
        self.now = self.zero = 0.0
        answer.parts.insert(0, ("jobs of the course", MAKER))
        answer.restart()

    def scene(self, plans: Sequence[Plan]) -> tuple[Diary, Any]:
        """Make jobs of these plans: their diary, and the list of jobs in the answer's process."""
        if self.answer.marks.faulty:
            self.answer.restart()
            self.now = 0.0
        self.zero = self.now
        diary = Diary(plans, self.zero)
        seconds = [plan.seconds for plan in plans]
        return diary, self.stage.make(
            "course_jobs", self.answer.peer(diary, "begin", "leave", "end", "block"), seconds
        )

    def run(self, until: float) -> Turn:
        """Let time pass to second `until` of this scene."""
        self.now = max(self.now, self.zero + until)
        turn = self.stage.run(until=self.now)
        for happened in turn.happened:
            happened.at -= self.zero
        return turn


def failing(chance: random.Random, seconds: float) -> Plan:
    """The plan of a job that raises an exception."""
    return Plan(seconds, error=chance.choice(ERRORS)(text.phrase(chance, at_most=3)))
