"""Judge of exercise 1.4: when does a client with a fixed period send its next request?

    ticks      |----T----|----T----|----T----|----T----|
    quick      ●=▶       ●=▶       ●=▶                     ● request   ▶ response
    slow       ●=============▶     ●=============▶         a tick before the response is left out

Exercises.  Builds on: `grading`.
What is new here: the judge's clock is a number.  The judge plays a client that sends each request
at the time that the answer returned, and counts the requests and those that overlap.
Left out: a response that arrives exactly at a tick; either tick is right then.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

QUICK = "quick answers"
ONE_SLOW = "one slow answer among quick ones"
SLOW = "every answer is slow"
CASES = (QUICK, ONE_SLOW, SLOW)
QUESTIONS = 40
NEAR = 1e-6  # seconds, for sums of floating-point numbers


@dataclass(slots=True)
class Client:
    """Plays a client from `start`; `takes` gives the time until each response, in periods."""

    interval: float
    start: float
    takes: Callable[[int], float]
    asked: list[tuple[float, float]] = field(default_factory=list)  # times of request, response

    def play(self, next_poll: Callable[[float, float, float], Any]) -> tuple[Any, float]:
        """Send requests until the first wrong time; returns it and the right one, or None, inf."""
        now = self.start
        for number in range(QUESTIONS):
            answered = now + self.interval * self.takes(number)
            self.asked.append((now, answered))
            said, right = next_poll(now, answered, self.interval), self.right(now, answered)
            if type(said) not in (int, float) or not abs(said - right) <= NEAR:
                return said, right
            now = said
        return None, math.inf

    def right(self, asked: float, answered: float) -> float:
        periods = max(1, math.ceil((answered - asked) / self.interval - NEAR))
        return asked + periods * self.interval

    def going_on(self, said: float) -> str:
        """The number of requests in a minute in which each response takes as long as the last."""
        asked, answered = self.asked[-1]
        takes, step = answered - asked, max(said - asked, self.interval / 100)
        many, overlapping = round(60 / step), math.ceil(takes / step - NEAR) - 1
        text = f"if every answer takes {takes:.2f} s, that is {many} questions a minute"
        return text + (f", and {overlapping + 1} at the same time" if overlapping > 0 else "")


def judge_1_4(answer: Answer, chance: random.Random) -> Verdict:
    """Play three networks, each twice with other periods."""
    slow_one = chance.randrange(5, 20)
    networks: dict[str, Callable[[int], float]] = {
        QUICK: lambda number: chance.uniform(0.02, 0.9),
        ONE_SLOW: lambda number: (
            chance.uniform(2.1, 5.9) if number == slow_one else chance.uniform(0.02, 0.9)
        ),
        SLOW: lambda number: chance.uniform(1.1, 1.9) + chance.randrange(3),
    }
    for case, takes in networks.items():
        for start in (0.0, chance.uniform(10, 1000)):
            interval = chance.choice([0.25, 0.5, 1.0, 2.0, 5.0]) * chance.choice([1, 1.5])
            _one(answer, case, Client(interval, start, takes))
    return answer.marks.verdict()


def _one(answer: Answer, case: str, client: Client) -> None:
    said, right = client.play(lambda *times: answer.call("next_poll", *times))
    if right == math.inf:
        answer.marks.true(case, True)
        return
    asked, answered = client.asked[-1]
    given = f"next_poll({asked:.3f}, {answered:.3f}, {client.interval})"
    if type(said) not in (int, float) or not math.isfinite(said):
        answer.marks.equal(case, said, right, given=given)
        return
    answer.marks.fail(
        case,
        observed=f"{given} gave {said:.3f}\n{client.going_on(said)}",
        expected=f"{right:.3f}\n{client.going_on(right)}",
        idea=_idea(said, right, asked, answered, client.interval),
        why=f"The ticks are at {asked:.3f}, the time of the last question, and then every "
        f"{client.interval} s. The next question is at the first tick after the answer.",
        raised=said if isinstance(said, Raised) else None,
    )


def _idea(said: float, right: float, asked: float, answered: float, interval: float) -> str:
    """Which wrong rule gives this time?"""
    if abs(answered + said - right) <= NEAR or (asked > NEAR and abs(said - interval) <= NEAR):
        return "pause_not_moment"
    if abs(said - (answered + interval)) <= NEAR:
        return "sleep_after_answer"
    if said < answered - NEAR:
        return "overlap" if said > asked + NEAR else ""
    late = answered - asked > interval
    return "catch_up_burst" if late and said - answered < interval / 1000 else ""


EXERCISES = (
    Exercise(
        number="1.4",
        title="When to ask next",
        section="model",
        minutes=7,
        core=True,
        names=("next_poll",),
        cases=CASES,
        hints=(
            "Draw the ticks: started, started + interval, started + 2 * interval … The next "
            "question starts at one of them. Which ones are over when the answer comes?",
            "How many whole periods did the answer take? Divide finished - started by interval "
            "and round up. It is at least one.",
            "periods = max(1, math.ceil((finished - started) / interval)), and the next question "
            "starts at started + periods * interval.",
        ),
        wrong_ideas={
            "sleep_after_answer": WrongIdea(
                "the period begins at the answer",
                "A pause after the answer makes the period longer by the time that the answer "
                "took: the client asks less often than it was told, and the less the slower the "
                "network. The rhythm belongs to the questions: count from started.",
            ),
            "overlap": WrongIdea(
                "the next question does not wait for the answer",
                "When answers are slow, a second question starts while the first is under way. "
                "Then they pile up, and each makes the others slower. A question starts after the "
                "answer to the last.",
            ),
            "pause_not_moment": WrongIdea(
                "it returns how long to wait, not when to ask",
                "The result is a point in time, on the same clock as started and finished, and so "
                "it is never before finished. A pause says nothing to somebody who does not know "
                "when it began. Add the periods to started.",
            ),
            "catch_up_burst": WrongIdea(
                "a missed tick is made up for at once",
                "A slow answer means that the server or the network is busy. Who asks again at "
                "once, because a tick was missed, asks without any pause just then. A tick that "
                "was missed is left out: wait for the next one.",
            ),
        },
        judge=judge_1_4,
    ),
)
