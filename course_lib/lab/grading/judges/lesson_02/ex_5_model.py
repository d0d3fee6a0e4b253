"""Judge of exercise 2.5: the answer predicts what long polling gives and what it costs.

    predict_hold(rtt, rate) ─▶ (slow, questions)  ◀── fresh numbers ──▶  the chat, simulated

Exercises.  Builds on: `grading`, `lab.compare` and `lab.clock` (what is true), `lab.models` (what
the lesson's own formula would give, which is another number).
What is new here: three regimes.  Rare messages find a request that waits at the server; many
messages come in the gap between two requests; at the rate in between most do.
Left out: rates at which a tenth of the messages falls into the gap; there `slow` jumps.
"""

from __future__ import annotations

import math
import random
from typing import Any

from .... import clock, compare, metrics, models
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

RARE = "rare messages"
BETWEEN = "messages that come about once in a round trip"
BUSY = "many messages in every round trip"
CASES = (RARE, BETWEEN, BUSY)
# Messages in a round trip (from, to), round-trip times (from, to), messages simulated, and how near
# `slow` and `questions` must be.  Rare ones still come before the server's hold is over.
REGIMES = {
    RARE: (0.02, 0.045, 0.01, 0.03, 300, 0.02, 0.05),
    BETWEEN: (0.6, 0.7, 0.02, 0.3, 4000, 0.032, 0.08),
    BUSY: (4.0, 7.0, 0.02, 0.3, 1500, 0.04, 0.10),
}


def simulated(rtt: float, rate: float, count: int, seed: int) -> tuple[float, float]:
    """The 90th percentile of the latencies, and the number of requests for each message."""
    drawn = metrics.poisson(rate, count, seed)
    # Exactly as long as its rate says: else the length is what varies most between two draws.
    even = count / rate / drawn[-1]
    schedule = metrics.Schedule([time * even for time in drawn], rate)
    run = clock.simulate(compare.measure(compare.long_polling(), schedule, rtt=rtt))
    return run.percentile(90), run.requests_per_message


def judge_2_5(answer: Answer, chance: random.Random) -> Verdict:
    """Each regime has another round-trip time; all are simulated before the answer is called."""
    seen: list[tuple[str, float, float, tuple[float, float]]] = []
    for case, (least, most, near, far, count, *_) in REGIMES.items():
        rtt = round(chance.uniform(near, far), 3)
        rate = round(chance.uniform(least, most) / rtt, 3)
        seen.append((case, rtt, rate, simulated(rtt, rate, count, chance.randrange(10**6))))
    for case, rtt, rate, truth in seen:
        said = answer.call("predict_hold", rtt, rate)
        _one(answer, case, said, truth, rtt, rate)
    return answer.marks.verdict()


def _one(
    answer: Answer, case: str, said: Any, truth: tuple[float, float], rtt: float, rate: float
) -> None:
    given, rooms = f"predict_hold({rtt}, {rate})", REGIMES[case][5:]
    if not _is_pair(said):
        answer.marks.fail(
            case,
            observed=f"{given} gave {shown(said)}",
            expected="two numbers: (slow, questions)",
            raised=said if isinstance(said, Raised) else None,
        )
        return
    names = ("slow", "questions")
    for name, value, true, room in zip(names, said, truth, rooms, strict=True):
        answer.marks.true(
            case,
            abs(value - true) <= room * true,
            observed=f"{given} gave {name} = {value:.4f}; {rate * rtt:.2f} messages come in a "
            "round trip",
            expected=f"{name} is about {true:.4f}, as the simulation gave, "
            f"{room * true:.4f} more or less",
            idea=_idea(case, value, rtt, rate) if name == "slow" else "",
        )


def _idea(case: str, slow: float, rtt: float, rate: float) -> str:
    """The wrong idea that gives this number; only in BETWEEN does the median show one."""
    ideas = {"always_half_rtt": rtt / 2, "always_one_and_a_half": 1.5 * rtt}
    if case == BETWEEN:
        ideas["median_for_slow"] = models.long_polling(rtt, rate).median
    near = [name for name, value in ideas.items() if math.isclose(slow, value, rel_tol=0.005)]
    return near[0] if near else ""


def _is_pair(said: Any) -> bool:
    numbers = type(said) is tuple and len(said) == 2
    return numbers and all(type(value) in (int, float) for value in said)


EXERCISES = (
    Exercise(
        number="2.5",
        title="Predict long polling",
        section="model",
        minutes=10,
        names=("predict_hold",),
        cases=CASES,
        hints=(
            "slow: sort the latencies in your mind. First come the messages that met a waiting "
            "question: all of them have RTT/2. Then come those that fell into the gap, evenly. "
            "Where in this row is the place 0.9? questions: how many questions has one cycle, and "
            "how many messages?",
            "With p the share in the gap, the places 0 to 1 - p have RTT/2. If 0.9 is among them, "
            "that is slow. If not, how far is 0.9 behind 1 - p, as a part of p? So far into the "
            "gap's latencies it is. One cycle has one question.",
            "x = rate * rtt; cycle = x + math.exp(-x); p = x / cycle; slow = rtt / 2 when "
            "0.9 <= 1 - p, and otherwise rtt / 2 + rtt * (0.9 - (1 - p)) / p; "
            "questions = 1 / cycle.",
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
            "median_for_slow": WrongIdea(
                "the median stands for nine of ten",
                "The median is at the place 0.5 of the sorted latencies, and half of the messages "
                "are slower. Asked is the place 0.9. In the median's formula, which number is "
                "that place?",
            ),
        },
        judge=judge_2_5,
    ),
)
