"""Judge of exercise 2.5: the answer predicts the median latency of long polling.

    predict_hold(rtt, rate)  ◀── fresh numbers ──▶  the lesson's chat, simulated

Exercises.  Builds on: `grading`, `lab.compare` and `lab.clock` (what is true).
What is new here: three regimes.  Rare messages meet a waiting question, busy ones fall into the
gap, and in between some do.
Left out: rates at which half of the messages meet a question; the median jumps there.
"""

from __future__ import annotations

import math
import random
from typing import Any

from ... import clock, compare, metrics
from ..answer import Answer
from ..exercise import Exercise
from ..values import Raised
from ..verdict import Verdict, WrongIdea

RARE = "rare messages"
BETWEEN = "messages that come about once in a round trip"
BUSY = "many messages in every round trip"
CASES = (RARE, BETWEEN, BUSY)
# Messages in a round trip, messages simulated, and how near the prediction must come.
REGIMES = {RARE: (0.1, 0.25, 60, 0.05), BETWEEN: (1.0, 1.5, 700, 0.15), BUSY: (4.0, 8.0, 500, 0.12)}


def simulated(rtt: float, rate: float, count: int, seed: int) -> float:
    """The median latency of so many messages at random moments."""
    schedule = metrics.poisson(rate, count, seed)
    return clock.simulate(compare.measure(compare.long_polling(), schedule, rtt=rtt)).median


def judge_2_5(answer: Answer, chance: random.Random) -> Verdict:
    """Each regime at another distance; all are simulated before the answer is asked."""
    seen: list[tuple[str, float, float, float]] = []
    for case, (least, most, count, _) in REGIMES.items():
        rtt = round(chance.uniform(0.02, 0.3), 3)
        rate = round(chance.uniform(least, most) / rtt, 3)
        seen.append((case, rtt, rate, simulated(rtt, rate, count, chance.randrange(10**6))))
    for case, rtt, rate, median in seen:
        said = answer.call("predict_hold", rtt, rate)
        _one(answer, case, said, median, rtt, rate)
    return answer.marks.verdict()


def _one(answer: Answer, case: str, said: Any, median: float, rtt: float, rate: float) -> None:
    given, room = f"predict_hold({rtt}, {rate})", REGIMES[case][3] * median
    if isinstance(said, Raised) or type(said) not in (int, float):
        answer.marks.equal(case, said, round(median, 4), given=given)
        return
    ideas = {"always_half_rtt": rtt / 2, "always_one_and_a_half": 1.5 * rtt}
    near = [name for name, value in ideas.items() if math.isclose(said, value, rel_tol=0.005)]
    answer.marks.true(
        case,
        abs(said - median) <= room,
        observed=f"{given} gave {said:.4f}; {rate * rtt:.2f} messages come in a round trip",
        expected=f"about {median:.4f}, as the simulation gave, {room:.4f} more or less",
        idea=near[0] if near else "",
    )


EXERCISES = (
    Exercise(
        number="2.5",
        title="Predict long polling",
        section="model",
        minutes=10,
        names=("predict_hold",),
        cases=CASES,
        hints=(
            "Sort the latencies in your mind. First come the messages that met a waiting question: "
            "all of them have RTT/2. Then come those that fell into the gap. In which part is the "
            "middle?",
            "With p the share in the gap, the share 1 - p has RTT/2. If that is half of all or "
            "more, the median is RTT/2. If not, the median is among those in the gap, whose "
            "latencies lie evenly between RTT/2 and 1.5 RTT.",
            "x = rate * rtt; p = x / (x + math.exp(-x)). If p <= 0.5: rtt / 2. Otherwise "
            "rtt / 2 + rtt * (0.5 - (1 - p)) / p.",
        ),
        wrong_ideas={
            "always_half_rtt": WrongIdea(
                "a question is always waiting",
                "After each answer there is a gap of one round trip in which no question is at "
                "the server. When messages come fast, most of them fall into it and wait for its "
                "end.",
            ),
            "always_one_and_a_half": WrongIdea(
                "every message waits for the whole gap",
                "That is the worst case: a message right at the beginning of the gap. Rare "
                "messages do not meet a gap at all, and those that do fall anywhere in it.",
            ),
        },
        judge=judge_2_5,
    ),
)
