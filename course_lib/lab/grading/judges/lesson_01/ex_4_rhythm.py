"""Judge of exercise 1.4: when does a client with a fixed period send its next request?

    ticks      |----T----|----T----|----T----|----T----|
    quick      ●=▶       ●=▶       ●=▶                     ● request   ▶ response
    slow       ●=============▶     ●=============▶         a tick before the response is left out

Exercises.  Builds on: `grading.trial`.
What is new here: the judge's clock is a number.  A story is a client that sends each request at the
time that the answer returned, and it says how many requests that makes.
Left out: a response that arrives exactly at a tick; either tick is right then.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import Raised, is_number
from ...scene import NO_SLEEP
from ...trial import Play, Trial, Wrong, near
from ...verdict import Verdict, WrongIdea

TICKS = (
    "The ticks are at started, and then every interval seconds. The next request starts at the "
    "first tick after the answer, however many ticks have passed by then."
)
CASES = {
    (QUICK := "quick answers"): (
        "When the answer comes before the next tick, the next request starts at that tick: one "
        "interval after started."
    ),
    (AT_ONCE := "an answer that takes no time"): (
        "The tick at started is over, also when the answer comes at that very moment: the next "
        "request starts one interval later."
    ),
    (ONE_SLOW := "one slow answer among quick ones"): TICKS,
    (SLOW := "every answer is slow"): TICKS,
}
SLEPT = "Return the time at which the next request starts, and do not wait for it. The client does."
ANSWERS = 16  # in a story


def right(started: float, finished: float, interval: float, wrong: Wrong) -> float:
    """The answer, with a switch for each mistake."""
    took = finished - started
    periods = max(0 if "none" in wrong else 1, math.ceil(took / interval))
    if "rounded" in wrong:
        periods = max(1, round(took / interval))
    if "down" in wrong:
        periods = int(took / interval)
    if "seconds" in wrong:
        periods = int(took) + 1
    if "two at most" in wrong:
        periods = min(2, periods)
    if "one more" in wrong:
        periods += 1
    due = started + periods * interval
    if "no wait" in wrong:
        due = started + interval
    if "from 0" in wrong:
        due = math.ceil(finished / interval) * interval
    if "pause after" in wrong and (took > interval or "slow" not in wrong):
        due = finished + interval
    if "at once" in wrong:
        due = max(started + interval, finished)
    if "as long again" in wrong and took > interval:
        due = finished + took
    if "periods" in wrong:
        return periods if "alone" in wrong else periods * interval
    if "rest" in wrong:
        return max(0, started + interval - finished) if "or 0" in wrong else due - finished
    if "whole seconds" in wrong:
        return round(due)
    return interval if "period" in wrong else due * 1000 if "ms" in wrong else due


IDEAS = {
    "sleep_after_answer": ["pause after", "pause after, slow"],
    "overlap": ["no wait"],
    "pause_not_moment": ["rest", "rest, or 0", "period", "periods"],
    "catch_up_burst": ["at once"],
    "ticks_from_zero": ["from 0"],
}
SLIPS = {
    "Round up. A tick that has passed when the answer comes is over.": ["rounded", "down"],
    "Two ticks or more may pass while the answer is on its way. All of them are left out.": [
        "two at most"
    ],
    "That is one tick too late. The next request starts at the first tick after the answer.": [
        "one more"
    ],
    "When the answer takes no time, the next request is not at started again: at least one period "
    "passes.": ["none"],
    "After a slow answer that is no tick any more. The rhythm stays the one that began at "
    "started.": ["as long again"],
    "That is how many periods have to pass. Return a time: started, and as many intervals.": [
        "periods, alone"
    ],
    "The ticks are interval seconds apart, and not one second: count the intervals that the answer "
    "took.": ["seconds"],
    "All times are seconds, and that is a number of milliseconds.": ["ms"],
    "A time may have a fraction. Do not round it to whole seconds.": ["whole seconds"],
}


def judge_1_4(answer: Answer, chance: random.Random) -> Verdict:
    """Four networks, each with two periods and two clocks."""
    slow_one = chance.randrange(4, ANSWERS - 4)

    def quick() -> float:
        return chance.uniform(0.02, 0.9)

    networks = {
        QUICK: [quick() for _ in range(ANSWERS)],
        AT_ONCE: [0.0, 0.1, 0.0],
        ONE_SLOW: [3 + chance.uniform(0.1, 0.4) if number == slow_one else quick()
                   for number in range(ANSWERS)],
        SLOW: [number % 4 + 1 + chance.uniform(0.1, 0.4) + number % 2 / 2
               for number in range(ANSWERS)],
    }  # fmt: skip
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS, same=near)
    for case, takes in networks.items():
        for start, intervals in ((0.0, (0.25, 0.375, 0.75)), (0.457, (2.5, 4.5, 7.5))):
            begins = start and start + chance.randint(10, 900)
            trial.play(case, partial(_client, takes, begins, chance.choice(intervals)))
    return trial.verdict()


def _client(takes: Sequence[float], now: float, interval: float, play: Play) -> None:
    """Ask at the times that the answer gives, until one is wrong.  `takes` are in periods."""
    for share in takes:
        answered = now + interval * share
        play.tell(f"next_poll({now:.3f}, {answered:.3f}, {interval})")
        got: Any = play.call("next_poll", now, answered, interval)
        if not is_number(got):
            play.see(got, why=SLEPT if isinstance(got, Raised) and got.type == "TimeSleep" else "")
            return
        step, took = float(got) - now, answered - now
        starts = f"the next request starts at {float(got):.3f}"
        play.see(got, counts=step / interval, text=starts + _going_on(step, took))
        if not near(step, right(now, answered, interval, Wrong()) - now):
            return
        now = float(got)


def _going_on(step: float, took: float) -> str:
    """How many requests that makes."""
    if step <= 0:
        return ", and not after the last one"
    if took == 0:
        return ""
    text = f"\nif every answer takes {took:.2f} s, that is {round(60 / step)} requests a minute"
    many = math.ceil(took / step - 1e-6)
    return f"{text}, and {many} at the same time" if many > 1 else text


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
            "request starts at one of them. Which ones are over when the answer comes?",
            "How many whole periods did the answer take? Divide finished - started by interval "
            "and round up. It is at least one.",
            "periods = max(1, math.ceil((finished - started) / interval)), and the next request "
            "starts at started + periods * interval.",
        ),
        wrong_ideas={
            "sleep_after_answer": WrongIdea(
                "the period begins at the answer",
                "A pause after the answer makes the period longer by the time that the answer "
                "took: the client asks less often than it was told, and the less the slower the "
                "network. The rhythm belongs to the requests: count from started.",
            ),
            "overlap": WrongIdea(
                "the next request does not wait for the answer",
                "When answers are slow, a second request starts while the first is under way. "
                "Then they pile up, and each makes the others slower. A request starts after the "
                "answer to the last one.",
            ),
            "ticks_from_zero": WrongIdea(
                "the ticks are multiples of the interval",
                "Such ticks begin at 0, and this client began when it began: its ticks are at "
                "started, and then every interval seconds. If all clients asked at the same "
                "multiples, the server would have all of their requests at once.",
            ),
            "pause_not_moment": WrongIdea(
                "it returns how long to wait, not when to ask",
                "The result is a point in time, on the same clock as started and finished, and so "
                "it is never before finished. A pause says nothing to somebody who does not know "
                "when it began. Add the periods to started.",
            ),
            "catch_up_burst": WrongIdea(
                "a missed tick is made up for at once",
                "A slow answer means that the server or the network is busy. Whoever asks again at "
                "once, because a tick was missed, asks without any pause just then. A tick that "
                "was missed is left out: wait for the next one.",
            ),
        },
        judge=judge_1_4,
        given=(NO_SLEEP,),
    ),
)
