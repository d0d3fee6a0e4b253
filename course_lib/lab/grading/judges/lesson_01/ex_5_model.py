"""Judge of exercise 1.5: the answer predicts short polling, and a simulation says what happens.

    predict(interval, rtt, clients, rate)  ◀── fresh numbers ──▶  the lesson's chat, simulated
      median latency, requests a second, share of empty responses    the same three, counted

Exercises.  Builds on: `grading`, `lab.compare` and `lab.clock` (what is true).
What is new here: no formula is compared.  The library's own chat runs for some hundred seconds of
virtual time, and the prediction must be near the result.
Left out: responses slower than the interval.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .... import clock, compare, metrics
from ...answer import Answer
from ...exercise import Exercise
from ...verdict import Verdict, WrongIdea

LATENCY = "the median latency"
LOAD = "requests a second"
EMPTY = "the share of empty answers"
CASES = (LATENCY, LOAD, EMPTY)
GOLDEN = (math.sqrt(5) - 1) / 2  # messages 1 + GOLDEN periods apart fall everywhere in a period


@dataclass(slots=True)
class Setting:
    """What is asked, and what the simulation gave."""

    interval: float
    rtt: float
    clients: int
    rate: float
    seen: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def simulate(self, seed: int) -> None:
        """Measure latency with evenly spread messages, empty responses with random ones."""
        transport = compare.short_polling(self.interval)
        even = metrics.steady(1 / (self.interval * (1 + GOLDEN)), 55)
        timed = clock.simulate(compare.measure(transport, even, rtt=self.rtt))
        often = metrics.poisson(self.rate, round(self.rate * self.interval * 350), seed)
        mixed = clock.simulate(compare.measure(transport, often, rtt=self.rtt))
        while_ = 40 * self.interval
        busy = clock.simulate(
            compare.measure(transport, [0.0], rtt=self.rtt, clients=self.clients, duration=while_)
        )
        self.seen = (timed.median, busy.requests / busy.duration, mixed.empty_share)

    def __str__(self) -> str:
        return f"predict({self.interval}, {self.rtt}, {self.clients}, {self.rate})"


def fresh(chance: random.Random, busy: bool) -> Setting:
    """A setting with so long a round trip that each wrong idea gives a number of its own, far off.

    Both a quiet and a busy chat are needed: in one alone, some wrong shares of empty responses are
    near the right one.  The quiet chat avoids 0.5 and ln 2 messages in an interval: there two
    clients would get as many responses with news as one client sends requests.
    """
    interval = chance.choice([0.25, 0.5, 1.0, 2.0, 4.0])
    distance = chance.choice([chance.uniform(0.3, 0.42), chance.uniform(0.62, 0.72)])
    messages = chance.uniform(1.25, 1.6) if busy else chance.uniform(0.54, 0.64)
    rtt, rate = round(interval * distance, 3), round(messages / interval, 2)
    return Setting(interval, rtt, chance.randint(2, 3), rate)


def judge_1_5(answer: Answer, chance: random.Random) -> Verdict:
    """Simulate two settings and ask for them; each of the three numbers is a case."""
    settings = [fresh(chance, busy) for busy in (False, True)]
    for setting in settings:
        setting.simulate(chance.randrange(1_000_000))
    for setting in settings:
        _one(answer, setting)
    return answer.marks.verdict()


def _one(answer: Answer, setting: Setting) -> None:
    marks = answer.marks
    said = answer.call("predict", setting.interval, setting.rtt, setting.clients, setting.rate)
    if not _are_numbers(said):
        rounded = tuple(round(value, 3) for value in setting.seen)
        for case in CASES:
            marks.equal(case, said, rounded, given=str(setting))
        return
    interval, rtt, quiet = setting.interval, setting.rtt, math.exp(-setting.rate * setting.interval)
    load = setting.clients / interval
    latencies = {
        "latency_is_interval": [interval, interval + rtt / 2, interval + rtt],
        "whole_rtt": [interval / 2 + rtt],
    }
    useful = (load * (1 - quiet), setting.rate, setting.rate * setting.clients)
    paused = setting.clients / (interval + rtt)
    loads = {"counts_useful_only": list(useful), "pauses_after_answer": [paused]}
    if math.isclose(said[1], paused, rel_tol=0.02):  # this latency then comes from pausing
        latencies["pauses_after_answer"] = latencies.pop("whole_rtt")
    for case, value, seen, wrong in (
        (LATENCY, said[0], setting.seen[0], latencies),
        (LOAD, said[1], setting.seen[1], loads),
        (EMPTY, said[2], setting.seen[2], {}),
    ):
        room = 0.1 if case == EMPTY else 0.1 * seen
        marks.true(
            case,
            abs(value - seen) <= room,
            observed=f"{setting} predicts {case} as {value:.3f}",
            expected=f"about {seen:.3f}, as the simulation gave, {room:.3f} more or less",
            idea=_idea(value, wrong),
            why=_why(case, value, seen, setting),
        )


def _why(case: str, value: float, seen: float, setting: Setting) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if case == EMPTY and value > 1:
        return "A share is a number from 0 to 1, and not a percentage."
    if case == LATENCY and math.isclose(value, 1000 * seen, rel_tol=0.1):
        return "All times are seconds, and that is a number of milliseconds."
    if case == LATENCY and math.isclose(value, setting.interval / 2, rel_tol=0.02):
        return "So long it waits for the next question. After that it is still on its way."
    if case == LOAD and math.isclose(value * setting.clients, seen, rel_tol=0.1):
        return "That is what one client asks. All of them together ask more."
    return ""


def _idea(value: float, wrong: Mapping[str, list[float]]) -> str:
    """The wrong idea that gives this number; empty if none does."""
    for idea, numbers in wrong.items():
        if any(math.isclose(value, number, rel_tol=0.02) for number in numbers):
            return idea
    return ""


def _are_numbers(said: Any) -> bool:
    return (
        isinstance(said, tuple)
        and len(said) == 3
        and all(type(value) in (int, float) and math.isfinite(value) for value in said)
    )


EXERCISES = (
    Exercise(
        number="1.5",
        title="Predict short polling",
        section="model",
        minutes=8,
        names=("predict",),
        cases=CASES,
        hints=(
            "Take them one by one. How long does a message wait for the next question, in the "
            "middle of all cases? And which way does it travel after that?",
            "A message waits from nothing to a whole interval, and then travels one way, not two. "
            "Every client asks all the time, whether or not there is news. An answer is empty "
            "when no message came in the interval before it.",
            "median = interval / 2 + rtt / 2; requests = clients / interval; "
            "empty = math.exp(-rate * interval). Return the three as a tuple.",
        ),
        wrong_ideas={
            "latency_is_interval": WrongIdea(
                "a message waits for a whole interval",
                "That is the worst case. A message falls anywhere between two questions, so half "
                "of them wait less than half an interval.",
            ),
            "whole_rtt": WrongIdea(
                "the message travels there and back",
                "The latency counts from the moment when the server has the message. From there "
                "it travels one way, with the answer: half a round trip. The question has been "
                "on its way while the message waited. (The lesson's second formula gives the same "
                "number. It is for clients that pause after each answer; these have a fixed "
                "period.)",
            ),
            "pauses_after_answer": WrongIdea(
                "the clients pause after each answer",
                "That is the lesson's second formula, and its period is interval + rtt. The "
                "clients of this exercise have a fixed period: they ask every interval seconds, "
                "however long an answer takes.",
            ),
            "counts_useful_only": WrongIdea(
                "only questions that bring news are counted",
                "A client does not know whether there is news; that is why it asks. Each of them "
                "asks once in every interval, and the empty answers cost as much as the others.",
            ),
        },
        judge=judge_1_5,
    ),
)
