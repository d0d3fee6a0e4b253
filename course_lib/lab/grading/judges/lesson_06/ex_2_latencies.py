"""Judge of exercise 6.2: percentiles of latencies from the due time (no coordinated omission).

    due       0.0    0.1    0.2    0.3
    sent      0.0    0.1    1.0    1.0         the sender was held up
    arrived   0.1    0.9    1.1    never
    latency   0.1    0.8    0.9    inf         p50 = 0.8, p99 = inf

Exercises.  Builds on: `grading`, `lab.runs` (the nearest rank).
What is new here: each wrong idea gives three numbers of its own, and the judge compares all three.
Left out: how the moments were measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from .... import runs
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

PUNCTUAL = "a sender that is on time"
LATE = "a sender that is held up"
LOST = "answers that never came"
CASES = (PUNCTUAL, LATE, LOST)
QUANTILES = (50, 95, 99)

Pair = tuple[float, float | None]
Three = tuple[float, ...]


def judge_6_2(answer: Answer, chance: random.Random) -> Verdict:
    """Ask with numbers of requests for which a rank falls on a value, or between two values."""
    for count in (chance.randint(1, 4) * 100, 2 * chance.randint(60, 140) + 1, 1):
        _one(answer, PUNCTUAL, *_asked(chance, count))
    for count in (200, chance.randint(130, 280)):
        _one(answer, LATE, *_asked(chance, count, held_up=True))
    for share in (0.02, 0.08, 0.7):
        _one(answer, LOST, *_asked(chance, 200, lost=share))
    return answer.marks.verdict()


def _asked(
    chance: random.Random, count: int, *, held_up: bool = False, lost: float = 0.0
) -> tuple[list[float], list[Pair]]:
    """Due times in order, and for each request when it was sent and when its response came."""
    rate = chance.uniform(5, 50)
    schedule = [round(number / rate, 4) for number in range(count)]
    stop = schedule[count // 3], schedule[count // 2]  # nothing is sent in between
    arrivals: list[Pair] = []
    for due in schedule:
        sent = stop[1] if held_up and stop[0] <= due < stop[1] else due
        arrivals.append((sent, round(sent + chance.lognormvariate(-2.5, 0.8), 4)))
    for number in chance.sample(range(count), round(count * lost)):
        arrivals[number] = arrivals[number][0], None
    return schedule, arrivals


def _one(answer: Answer, case: str, schedule: list[float], arrivals: list[Pair]) -> None:
    said = answer.call("latencies", schedule, arrivals)
    since_due = [_since(due, end) for due, (_, end) in zip(schedule, arrivals, strict=True)]
    right = _ranked(since_due)
    first = ", ".join(
        f"due {due} {pair}" for due, pair in zip(schedule, arrivals[:4], strict=False)
    )
    lost = sum(end is None for _, end in arrivals)
    given = f"{len(schedule)} questions, {lost} without an answer: {first}, …\nlatencies"
    if not _three_numbers(said):
        answer.marks.equal(case, said, tuple(round(value, 4) for value in right), given=given)
        return
    ideas = {
        idea
        for idea, values in _mistaken(schedule, arrivals, since_due)
        if _near(said, values) and not _near(values, right)
    }
    answer.marks.true(
        case,
        _near(said, right),
        observed=f"{given} gave {shown(said)}",
        expected=shown(tuple(round(value, 4) for value in right)),
        idea=ideas.pop() if len(ideas) == 1 else "",
    )


def _mistaken(
    schedule: Sequence[float], arrivals: Sequence[Pair], since_due: Sequence[float]
) -> list[tuple[str, Three]]:
    """The three numbers that each wrong idea gives."""
    since_sent = [_since(sent, end) for sent, end in arrivals]
    came = [value for value in since_due if value < math.inf]
    right = _ranked(since_due)
    ways: list[tuple[str, Three]] = [("from_actual_send", _ranked(since_sent))]
    if came:
        ways.append(("drops_timeouts", _ranked(came)))
        mean = math.fsum(came) / len(came)
        ways.append(("mean_for_median", (mean, *right[1:])))
    ways.append(("mean_for_median", (math.fsum(since_due) / len(since_due), *right[1:])))
    places: tuple[Callable[[int, int], int], ...] = (
        lambda q, n: math.ceil(q * n / 100),
        lambda q, n: q * n // 100,
        lambda q, n: math.ceil(q * n / 100) - 2,
        lambda q, n: q * n // 100 - 1,
    )
    ways += [("rank_off_by_one", _at(since_due, place)) for place in places]
    return ways


def _since(start: float, end: float | None) -> float:
    return math.inf if end is None else end - start


def _ranked(values: Sequence[float]) -> Three:
    return tuple(runs.percentile(values, q) for q in QUANTILES)


def _at(values: Sequence[float], place: Callable[[int, int], int]) -> Three:
    ordered, last = sorted(values), len(values) - 1
    return tuple(ordered[min(last, place(q, len(ordered)))] for q in QUANTILES)


def _near(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(one, other, strict=True))


def _three_numbers(said: Any) -> bool:
    return (
        not isinstance(said, Raised)
        and type(said) in (tuple, list)
        and len(said) == 3
        and all(type(value) in (int, float) for value in said)
    )


EXERCISES = (
    Exercise(
        number="6.2",
        title="Latency that does not lie",
        section="honest",
        minutes=10,
        core=True,
        names=("latencies",),
        cases=CASES,
        hints=(
            "Since when does a person wait: since the program got round to sending, or since the "
            "message was there? And how long does somebody wait whose answer never came?",
            "A latency is arrived - due, and math.inf without an arrival. Sort them all. The "
            "percentile q is the one of rank ceil(q / 100 * n), where the first has rank 1.",
            "ordered = sorted(math.inf if arrived is None else arrived - due for due, (sent, "
            "arrived) in zip(schedule, arrivals)). Return tuple(ordered[math.ceil(q * "
            "len(ordered) / 100) - 1] for q in (50, 95, 99)).",
        ),
        wrong_ideas={
            "from_actual_send": WrongIdea(
                "the clock starts when the program sends",
                "A sender that is held up sends late, and whoever counts from then does not see "
                "that. The worst moments vanish from the figures. This mistake has a name, "
                "coordinated omission. Count from when the message was due.",
            ),
            "drops_timeouts": WrongIdea(
                "what never came is left out",
                "Then a transport looks better the more it loses. Who waits for ever has waited "
                "longer than anybody else: a latency of infinity, at the end of the list.",
            ),
            "mean_for_median": WrongIdea(
                "the mean stands for the median",
                "Latencies have a long tail. A few very late ones pull the mean up, to a number "
                "that hardly anybody has seen, and one lost message makes it infinite. The median "
                "is the one in the middle.",
            ),
            "rank_off_by_one": WrongIdea(
                "the rank is one off",
                "Of 200 latencies 100 are at most the median, so it has rank 100 and stands in "
                "the sorted list at place 99, since Python counts from 0. Ranks between two are "
                "rounded up: ceil(q * n / 100) - 1.",
            ),
        },
        judge=judge_6_2,
    ),
)
