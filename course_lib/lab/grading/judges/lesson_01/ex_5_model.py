"""Judge of exercise 1.5: the answer predicts short polling, and a simulation says what happens.

    predict(interval, rtt, clients, rate)  ◀── fresh numbers ──▶  the lesson's chat, simulated
      median latency, requests a second, share of empty responses    the same three, counted

Exercises.  Builds on: `grading.trial`, `lab.compare` and `lab.clock` (what is true).
What is new here: the right program is a simulation, and what is near it is right.  A mistake is a
formula, and an answer that has it is much nearer to it.  Left out: slow responses.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Mapping
from functools import partial

from .... import clock, compare, metrics
from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near

CASES = {
    "the median latency":
        "In seconds. A message waits for the next request: from nothing to a whole interval, so "
        "half of the messages less than half an interval. Then it travels one way: half of rtt.",
    "requests a second":
        "A client asks once in every interval, so 1 / interval times a second, with news or "
        "without. The requests with which all clients ask count, each of them once.",
    "the share of empty answers":
        "A number from 0 to 1. An answer is empty if no message has come since the client's last "
        "request, an interval before. The chance is math.exp(-rate * interval), for each client.",
}  # fmt: skip
LATENCY, LOAD, EMPTY = CASES
GOLDEN = (math.sqrt(5) - 1) / 2  # messages 1 + GOLDEN periods apart fall everywhere in a period
Setting = tuple[float, float, int, float]
Truth = tuple[tuple[float, float], ...]  # what the simulation gave, and how near is right


@functools.lru_cache(maxsize=16)
def simulated(setting: Setting, seed: int) -> Truth:
    """Measure latency with evenly spread messages, empty responses with random ones."""
    interval, rtt, clients, rate = setting
    measure = partial(compare.measure, compare.short_polling(interval), rtt=rtt)
    timed = clock.simulate(measure(metrics.steady(1 / (interval * (1 + GOLDEN)), 55)))
    count = round(rate * interval * 350)
    drawn = metrics.poisson(rate, count, seed)
    # Exactly as long as its rate says: else the length is what varies most between two draws.
    often = metrics.Schedule([time * count / rate / drawn[-1] for time in drawn], rate)
    mixed = clock.simulate(measure(often))
    busy = clock.simulate(measure([0.0], clients=clients, duration=40 * interval))
    load = busy.requests / busy.duration
    return (timed.median, 0.1 * timed.median), (load, 0.1 * load), (mixed.empty_share, 0.075)


def right(
    truth: Mapping[Setting, Truth],
    interval: float, rtt: float, clients: int, rate: float, wrong: Wrong,
) -> tuple[float, ...]:  # fmt: skip
    """The simulation, with a formula in the place of each mistake."""
    load, messages = clients / interval, rate * interval
    formulas = (
        {"whole": interval, "whole and one way": interval + rtt / 2,
         "whole and rtt": interval + rtt, "there and back": interval / 2 + rtt},
        {"useful": load * (1 - math.exp(-messages)), "rate": rate, "rate of all": rate * clients,
         "paused load": clients / (interval + rtt)},
        {"paused share": math.exp(-rate * (interval + rtt)), "line": 1 - messages,
         "line or 0": max(0.0, 1 - messages), "ratio": 1 / (1 + messages)},
    )  # fmt: skip
    return tuple(
        next((value for name, value in wrongs.items() if name in wrong), true)
        for wrongs, (true, _) in zip(formulas, truth[interval, rtt, clients, rate], strict=True)
    )


def judge_1_5(answer: Answer, chance: random.Random) -> Verdict:
    """A quiet chat and a busy one; each of the three numbers is a case.

    No interval is a second.  One round trip is short beside it and one long: each mistake is far
    from what is true in one of the two.
    """
    truth = {}
    for intervals, way, clients, messages in (
        ((0.25, 0.5), chance.uniform(0.2, 0.3), 2, chance.uniform(0.54, 0.64)),
        ((2.0, 4.0), chance.uniform(0.62, 0.72), 3, chance.uniform(1.25, 1.6)),
    ):
        interval = chance.choice(intervals)
        setting = interval, round(interval * way, 3), clients, round(messages / interval, 2)
        truth[setting] = simulated(setting, chance.randrange(1_000_000))
    trial = Trial(answer, chance, partial(right, truth), same=partial(near, room=0.03))
    for setting in truth:
        trial.play(LATENCY, partial(_story, setting, truth[setting]))
    return trial.verdict()


def _story(setting: Setting, truth: Truth, play: Play) -> None:
    """One call: a number near the truth is right, and of another one its value counts."""
    play.tell(f"predict{setting}")
    got = play.call("predict", *setting)
    parts = got if isinstance(got, tuple) and len(got) == len(CASES) else [None] * len(CASES)
    for case, value, (true, room) in zip(CASES, parts, truth, strict=True):
        if not is_number(value):
            play.see(got, case=case)
        elif abs(float(value) - true) > room:
            play.see(got, case=case, counts=value, text=f"{case}: {float(value):.3f}")
        else:
            said = f"{case}: about {true:.3f}, as the simulation gave, {room:.3f} more or less"
            play.see(got, case=case, counts="near", text=said)


EXERCISES = (Exercise(
    number="1.5", title="Predict short polling", section="model", minutes=8, names=("predict",),
    cases=CASES, judge=judge_1_5,
    hints=(
        "Take them one by one. How long does a message wait for the next request, in the middle "
        "of all cases? And which way does it travel after that?",
        "A message waits from nothing to a whole interval, and then travels one way. Every client "
        "asks all the time. An answer is empty when no message came in the interval before it.",
        "median = interval / 2 + rtt / 2; requests = clients / interval; empty = math.exp(-rate * "
        "interval). Return the three as a tuple.",
    ),
    wrong_ideas={
        "latency_is_interval": WrongIdea("a message waits for a whole interval",
            "That is the worst case. A message falls anywhere between two requests, so half of "
            "them wait less than half an interval.", "whole; whole and one way; whole and rtt"),
        "whole_rtt": WrongIdea("the message travels there and back",
            "The latency counts from the moment when the server has the message. It travels one "
            "way, with the answer: half a round trip. (The lesson's second formula gives the same "
            "number, for clients that pause after each answer.)", "there and back"),
        "pauses_after_answer": WrongIdea("the clients pause after each answer",
            "That is the lesson's second formula, with a period of interval + rtt. These clients "
            "ask every interval seconds, however long an answer takes.",
            "paused load; paused share; paused load, paused share; there and back, paused load; "
            "there and back, paused share; there and back, paused load, paused share"),
        "counts_useful_only": WrongIdea("only requests that bring news are counted",
            "A client asks because it does not know whether there is news. Each asks once in "
            "every interval, and empty answers cost as much as the others.",
            "useful; rate; rate of all"),
    },
    slips={
        "rate * interval is how many messages come in an interval on average. Some intervals have "
        "two or three, and so more have none: the chance is math.exp(-rate * interval).":
            "line; line or 0; ratio",
    },
),)  # fmt: skip
