"""Judge of exercise 1.5: the answer predicts short polling, and a simulation says what happens.

    predict(interval, rtt, clients, rate)  ◀── fresh numbers ──▶  the lesson's chat, simulated
      median latency, requests a second, share of empty responses    the same three, counted

Exercises.  Builds on: `grading.trial`, `lab.compare` and `lab.clock` (what is true).
What is new here: the right program is a simulation.  The library's own chat runs for some hundred
seconds of virtual time, and a prediction must be near the result.  A mistake is a formula, and an
answer that has it is much nearer to it.
Left out: responses slower than the interval.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Mapping
from typing import Any

from .... import clock, compare, metrics
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import is_number, same
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (LATENCY := "the median latency"): (
        "A message waits for the next request: from nothing to a whole interval, and half of the "
        "messages less than half an interval. Then it travels one way, with the answer: half a "
        "round trip."
    ),
    (LOAD := "requests a second"): (
        "Each client asks once in every interval, whether or not there is news, and the requests "
        "of all clients count."
    ),
    (EMPTY := "the share of empty answers"): (
        "An answer is empty if no message has come since the client's last request, which was an "
        "interval before. The chance for that is math.exp(-rate * interval)."
    ),
}
GOLDEN = (math.sqrt(5) - 1) / 2  # messages 1 + GOLDEN periods apart fall everywhere in a period
ABOUT, ROOM = (
    "about",
    {LATENCY: 0.1, LOAD: 0.1, EMPTY: 0.075},
)  # shares of what is true; EMPTY: more
Setting = tuple[float, float, int, float]
Truth = tuple[str, float, float]
"""ABOUT, what the simulation gave, and how near a prediction has to be."""


@functools.lru_cache(maxsize=16)
def simulated(setting: Setting, seed: int) -> tuple[Truth, ...]:
    """Measure latency with evenly spread messages, empty responses with random ones."""
    interval, rtt, clients, rate = setting
    transport = compare.short_polling(interval)
    even = metrics.steady(1 / (interval * (1 + GOLDEN)), 55)
    timed = clock.simulate(compare.measure(transport, even, rtt=rtt))
    count = round(rate * interval * 350)
    drawn = metrics.poisson(rate, count, seed)
    # Exactly as long as its rate says: else the length is what varies most between two draws.
    often = metrics.Schedule([time * count / rate / drawn[-1] for time in drawn], rate)
    mixed = clock.simulate(compare.measure(transport, often, rtt=rtt))
    while_ = 40 * interval
    busy = clock.simulate(
        compare.measure(transport, [0.0], rtt=rtt, clients=clients, duration=while_)
    )
    seen = timed.median, busy.requests / busy.duration, mixed.empty_share
    return tuple(
        (ABOUT, value, ROOM[case] * (1.0 if case == EMPTY else value))
        for case, value in zip(CASES, seen, strict=True)
    )


def right(
    truth: Mapping[Setting, tuple[Truth, ...]],
    interval: float, rtt: float, clients: int, rate: float, wrong: Wrong,
) -> tuple[Any, ...]:  # fmt: skip
    """The simulation, with a formula in the place of each mistake."""
    load, messages = clients / interval, rate * interval
    chance = math.exp(-messages)
    formulas = (
        {
            "whole": interval, "whole and one way": interval + rtt / 2,
            "whole and rtt": interval + rtt, "there and back": interval / 2 + rtt,
            "no way": interval / 2, "ms": 500 * (interval + rtt),
        },
        {
            "useful": load * (1 - chance), "rate": rate, "rate of all": rate * clients,
            "paused load": clients / (interval + rtt), "one client": 1 / interval,
            "times": clients * interval, "twice": 2 * load, "writers": load + rate,
            "writer each": load + rate * clients,
            "minute": 60 * load,
        },
        {
            "paused share": math.exp(-rate * (interval + rtt)), "news": 1 - chance,
            "percent": 100 * chance, "line": 1 - messages, "line or 0": max(0.0, 1 - messages),
            "ratio": 1 / (1 + messages), "rtt": math.exp(-rate * rtt),
            "half": math.exp(-messages / 2), "second": math.exp(-rate),
            "each": math.exp(-messages / clients), "all": math.exp(-messages * clients),
        },
    )  # fmt: skip
    return tuple(
        next((value for name, value in wrongs.items() if name in wrong), true)
        for wrongs, true in zip(formulas, truth[interval, rtt, clients, rate], strict=True)
    )


IDEAS = {
    "latency_is_interval": ["whole", "whole and one way", "whole and rtt"],
    "whole_rtt": ["there and back"],
    "pauses_after_answer": [
        "paused load, there and back, paused share", "paused load, there and back", "paused load",
        "paused load, paused share", "paused share", "paused share, there and back",
    ],
    "counts_useful_only": ["useful", "rate", "rate of all"],
}  # fmt: skip
SLIPS = {
    "So long a message waits for the next request. Then it travels half a round trip.": ["no way"],
    "All times are seconds, and that is a number of milliseconds.": ["ms"],
    "That is what one client asks. All of them together ask more.": ["one client"],
    "A client that asks every quarter of a second asks 4 times a second: divide by the interval.": [
        "times"
    ],
    "All rates are for a second, and that is a number of requests a minute.": ["minute"],
    "A request and its answer are one request, and not two.": ["twice"],
    "Only the requests with which the clients ask for news are counted.": [
        "writers", "writer each"
    ],
    "That is the share of the answers that bring news. The others are empty.": ["news"],
    "A share is a number from 0 to 1, and not a percentage.": ["percent"],
    "rate * interval is how many messages come in an interval on average. Some intervals have two "
    "or three of them, and so more have none: the chance is math.exp(-rate * interval).": [
        "line", "line or 0", "ratio"
    ],
    "The time that counts is the one between two requests of a client: an interval.": [
        "rtt", "half", "second"
    ],
    "Every client is told of every message, however many clients there are.": ["each", "all"],
}  # fmt: skip


def judge_1_5(answer: Answer, chance: random.Random) -> Verdict:
    """A quiet chat and a busy one; each of the three numbers is a case.

    The round trip is so long that each mistake gives a number of its own, far off, and no interval
    is a second.
    """
    settings: list[Setting] = []
    for interval, clients, messages in (
        (chance.choice([0.25, 0.5]), 2, chance.uniform(0.54, 0.64)),
        (chance.choice([2.0, 4.0]), 3, chance.uniform(1.25, 1.6)),
    ):
        rtt = round(interval * chance.uniform(0.62, 0.72), 3)
        settings.append((interval, rtt, clients, round(messages / interval, 2)))
    truth = {setting: simulated(setting, chance.randrange(1_000_000)) for setting in settings}
    trial = Trial(
        answer, chance, right=functools.partial(right, truth), ideas=IDEAS, slips=SLIPS, same=_near
    )
    for setting in settings:
        trial.play(LATENCY, functools.partial(_story, setting))
    return trial.verdict()


def _story(setting: Setting, play: Play) -> None:
    """One call; each of its three numbers is looked at."""
    play.tell(f"predict{setting}")
    got = play.call("predict", *setting)
    parts = got if isinstance(got, tuple) and len(got) == len(CASES) else [None] * len(CASES)
    for case, value in zip(CASES, parts, strict=True):
        if is_number(value):
            play.see(None, case=case, counts=value, text=f"{case}: {float(value):.3f}")
        elif _is_truth(value):
            _, true, room = value
            said = f"{case}: about {true:.3f}, as the simulation gave, {room:.3f} more or less"
            play.see((true,) * len(CASES), case=case, counts=value, text=said)
        else:
            play.see(got, case=case)


def _is_truth(value: Any) -> bool:
    return isinstance(value, tuple) and value[:1] == (ABOUT,)


def _near(one: Any, other: Any) -> bool:
    """A prediction is near the truth, or much nearer to the number of a formula."""
    if not is_number(one):
        return same(one, other)
    if _is_truth(other):
        return bool(abs(float(one) - other[1]) <= other[2])
    return is_number(other) and math.isclose(float(one), float(other), rel_tol=0.03)


EXERCISES = (
    Exercise(
        number="1.5",
        title="Predict short polling",
        section="model",
        minutes=8,
        names=("predict",),
        cases=CASES,
        hints=(
            "Take them one by one. How long does a message wait for the next request, in the "
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
                "That is the worst case. A message falls anywhere between two requests, so half of "
                "them wait less than half an interval.",
            ),
            "whole_rtt": WrongIdea(
                "the message travels there and back",
                "The latency counts from the moment when the server has the message. From there "
                "it travels one way, with the answer: half a round trip. The request has been "
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
                "only requests that bring news are counted",
                "A client does not know whether there is news; that is why it asks. Each of them "
                "asks once in every interval, and the empty answers cost as much as the others.",
            ),
        },
        judge=judge_1_5,
    ),
)
