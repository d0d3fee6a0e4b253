"""Judge of exercise 1.4: when does a client with a fixed period send its next request?

    ticks      |----T----|----T----|----T----|----T----|
    quick      ●=▶       ●=▶       ●=▶                     ● request   ▶ response
    slow       ●=============▶     ●=============▶         a tick before the response is left out

Exercises.  Builds on: `grading.trial`.
What is new here: a story is a client that sends each request at the time that the answer returned.
Left out: a response that arrives exactly at a tick; either tick is right then.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...sandbox.values import is_number
from ...scene import NO_SLEEP
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, near

TICKS = (
    "The ticks are at started, and then every interval seconds. The next request starts at the "
    "first tick after the answer, however many ticks have passed by then."
)
CASES = {
    "quick answers":
        "When the answer comes before the next tick, the next request starts at that tick: at "
        "started + interval, in seconds, and not rounded.",
    "an answer that takes no time":
        "The tick at started is over, also when the answer comes at that very moment: the next "
        "request starts one interval later.",
    "one slow answer among quick ones": TICKS,
    "every answer is slow": TICKS,
}  # fmt: skip
QUICK, AT_ONCE, ONE_SLOW, SLOW = CASES
SLEPT = "Return the time at which the next request starts, and do not wait for it. The client does."
ANSWERS = 16  # in a story


def right(started: float, finished: float, interval: float, wrong: Wrong) -> float:
    """The answer, with another one for each mistake."""
    took = finished - started
    periods = max(1, math.ceil(took / interval))
    due = started + periods * interval
    others = {
        "no wait": started + interval,
        "from 0": math.ceil(finished / interval) * interval,
        "pause after": finished + interval,
        "pause if slow": finished + interval if took > interval else due,
        "at once": max(started + interval, finished),
        "rest": due - finished,
        "rest or 0": max(0, started + interval - finished),
        "period": interval,
        "periods": periods * interval,
    }
    return next((other for name, other in others.items() if name in wrong), due)


def judge_1_4(answer: Answer, chance: random.Random) -> Verdict:
    """Four networks, each with two periods and two clocks."""
    quick = [chance.uniform(0.02, 0.9) for _ in range(ANSWERS)]
    slow = [number % 4 + 1 + chance.uniform(0.1, 0.4) + number % 2 / 2 for number in range(ANSWERS)]
    one_slow = [*quick]
    one_slow[chance.randrange(4, ANSWERS - 4)] = 3 + chance.uniform(0.1, 0.4)
    networks = {QUICK: quick, AT_ONCE: [0.0, 0.1, 0.0], ONE_SLOW: one_slow, SLOW: slow}
    trial = Trial(answer, chance, right, same=near)
    for case, takes in networks.items():
        later = 0.457 + chance.randint(10, 900)
        for begins, intervals in ((0.0, (0.25, 0.375, 0.75)), (later, (2.5, 4.5, 7.5))):
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


EXERCISES = (Exercise(
    number="1.4", title="When to ask next", section="model", minutes=7, core=True,
    names=("next_poll",), cases=CASES, judge=judge_1_4, guards=(NO_SLEEP,),
    hints=(
        "Draw the ticks: started, started + interval, started + 2 * interval … The next request "
        "starts at one of them. Which ones are over when the answer comes?",
        "How many whole periods did the answer take? Divide finished - started by interval and "
        "round up. It is at least one.",
        "periods = max(1, math.ceil((finished - started) / interval)), and the next request "
        "starts at started + periods * interval.",
    ),
    wrong_ideas={
        "sleep_after_answer": WrongIdea("the period begins at the answer",
            "Then the period is longer by the time that the answer took, and the client asks less "
            "often than it was told. The rhythm belongs to the requests: count from started.",
            "pause after; pause if slow"),
        "overlap": WrongIdea("the next request does not wait for the answer",
            "When answers are slow, requests pile up, and each makes the others slower. A request "
            "starts after the answer to the last one.", "no wait"),
        "ticks_from_zero": WrongIdea("the ticks are multiples of the interval",
            "This client's ticks are at started, and then every interval seconds. If all clients "
            "asked at the same multiples, all requests would come at once.", "from 0"),
        "pause_not_moment": WrongIdea("it returns how long to wait, not when to ask",
            "The result is a point in time, on the same clock as started and finished, and so it "
            "is never before finished. Add the periods to started.",
            "rest; rest or 0; period; periods"),
        "catch_up_burst": WrongIdea("a missed tick is made up for at once",
            "A slow answer means that the server or the network is busy, and just then this "
            "client asks without any pause. A tick that was missed is left out: wait for the next "
            "one.", "at once"),
    },
),)  # fmt: skip
