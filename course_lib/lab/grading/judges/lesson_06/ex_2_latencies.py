"""Judge of exercise 6.2: percentiles of latencies from the due time (no coordinated omission).

    due       0.0    0.1    0.2    0.3
    sent      0.0    0.1    1.0    1.0         the sender was held up
    arrived   0.1    0.9    1.1    never
    latency   0.1    0.8    0.9    inf         p50 = 0.8, p99 = inf

Exercises.  Builds on: `grading.trial`.
What is new here: the numbers of messages are fixed.  With 52 of them two ranks are rounded up that
others round down; with 100 each rank is whole, so whoever rounds down finds another place.
Left out: how the moments were measured.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from functools import partial

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near

CASES = {
    (PUNCTUAL := "a sender that is on time"): (
        "Sort the latencies. Of n of them the percentile q has the rank q * n / 100, rounded up, "
        "and the first one has rank 1. Each percentile is a latency of the list."
    ),
    (LATE := "a sender that is held up"): (
        "A message waits from the moment at which it was due, whenever it was sent, and the first "
        "one, too: arrived - due."
    ),
    (LOST := "answers that never came"): (
        "A message that never arrived has a latency of math.inf. It stays in the list, and has one "
        "of the last ranks."
    ),
}
SHOWN = 8  # messages of a story; of more only some are shown

Pair = tuple[float, float | None]


def right(
    schedule: list[float], arrivals: list[Pair], wrong: Wrong = frozenset()
) -> tuple[float, ...]:
    """The answer, with a switch for each mistake."""
    ends = [math.inf if end is None or (end == 0 and "0 is never" in wrong) else end
            for _, end in arrivals]  # fmt: skip
    last = max(end for end in ends if end < math.inf)
    if "sorted apart" in wrong:
        ends.sort()
    offset = arrivals[0][0] - schedule[0] if "from first send" in wrong else 0.0
    late = []
    for due, (sent, _), end in zip(schedule, arrivals, ends, strict=True):
        start = sent if "since sent" in wrong else 0.0 if "moments" in wrong else due + offset
        if end == math.inf and "lost come last" in wrong:
            end = last
        late.append((sent if "until sent" in wrong and end < math.inf else end) - start)
    came = [value for value in late if value < math.inf]
    if wrong & {"no lost", "rank of all"}:
        late = came
    if wrong & {"lost are 0", "lost are worst"}:
        gone = 0.0 if "lost are 0" in wrong else max(came)
        late = [gone if value == math.inf else value for value in late]
    digits = next((count for count in range(5) if f"{count} places" in wrong), 12)
    late = [round(value * (1000 if "ms" in wrong else 1), digits) for value in late]
    if "unsorted" not in wrong:
        late.sort(reverse="descending" in wrong)
    if wrong & {"exclusive", "inclusive"}:
        way = "inclusive" if "inclusive" in wrong else "exclusive"
        cuts = statistics.quantiles(late, n=100, method=way)  # type: ignore[arg-type]
        return cuts[49], cuts[94], cuts[98]
    place = next((PLACES[one] for one in wrong if one in PLACES), PLACES["right"])
    count = len(schedule) if "rank of all" in wrong else len(late)
    found = [late[place(q, count)] for q in (50, 90 if "90" in wrong else 95, 99)]
    if "middle two" in wrong:
        found[0] = statistics.median(late)
    if wrong & {"mean", "mean of those that came"}:
        found[0] = statistics.fmean(late if "mean" in wrong else came)
    return tuple(found)


PLACES: dict[
    str, Callable[[int, int], int]
] = {  # of the percentile q in a sorted list of n, counted from 0
    "right": lambda q, n: math.ceil(q * n / 100) - 1,
    "rank": lambda q, n: math.ceil(q * n / 100),
    "rank in the list": lambda q, n: min(n - 1, math.ceil(q * n / 100)),
    "floor": lambda q, n: q * n // 100,
    "floor less 1": lambda q, n: max(0, q * n // 100 - 1),
    "less 2": lambda q, n: math.ceil(q * n / 100) - 2,
    "nearest": lambda q, n: max(0, int(q * n / 100 + 0.5) - 1),
    "nearest even": lambda q, n: max(0, round(q * n / 100) - 1),
    "nearest place": lambda q, n: min(n - 1, round(q * n / 100)),
    "nearest of n - 1": lambda q, n: round(q * (n - 1) / 100),
    "floor of n - 1": lambda q, n: q * (n - 1) // 100,
    "ceil of n - 1": lambda q, n: math.ceil(q * (n - 1) / 100),
    "nearest of n + 1": lambda q, n: min(n - 1, max(0, round(q * (n + 1) / 100) - 1)),
}


def judge_6_2(answer: Answer, chance: random.Random) -> Verdict:
    """In each case first a list that a learner can check by hand, then longer ones."""
    trial = Trial(answer, chance, right, same=near, reads=tuple)
    for case, count, held_up, lost in (
        (PUNCTUAL, 6, False, 0),
        (PUNCTUAL, 100, False, 0),
        (PUNCTUAL, 52, False, 0),
        (PUNCTUAL, 33, False, 0),
        (LATE, 7, True, 0),
        (LATE, 52, True, 0),
        (LOST, 6, False, 1),
        (LOST, 52, False, 2),
        (LOST, 33, False, 20),
    ):
        trial.play(case, partial(_story, *_asked(chance, count, held_up=held_up, lost=lost)))
    trial.play(LOST, partial(_story, [0.0, 0.5, 1.0], [(0.0, 0.0), (0.5, 0.75), (1.0, None)]))
    return trial.verdict()


def _asked(
    chance: random.Random, count: int, *, held_up: bool, lost: int
) -> tuple[list[float], list[Pair]]:
    """Due times in order, and for each message when it was sent and when it arrived."""
    rate, begin = chance.uniform(5, 50), chance.uniform(1, 9)
    schedule = [round(begin + number / rate, 5) for number in range(count)]
    held = schedule[count // 2] if held_up else 0.0  # the first half waits until then
    sent = [max(due, held) for due in schedule]
    ends = [round(moment + chance.lognormvariate(-2.5, 0.8), 5) for moment in sent]
    if len({round(end - due, 5) for due, end in zip(schedule, ends, strict=True)}) < count:
        # Two latencies are the same, so a wrong rank could be as good.
        return _asked(chance, count, held_up=held_up, lost=lost)
    gone = chance.sample(range(1, count), lost)
    came = [None if number in gone else end for number, end in enumerate(ends)]
    return schedule, list(zip(sent, came, strict=True))


def _story(schedule: list[float], arrivals: list[Pair], play: Play) -> None:
    """Call `latencies`.  Whoever is right is shown the ranks."""
    rows = [f"  due {due:.5f}, sent {sent:.5f}, arrived {end if end is None else f'{end:.5f}'}"
            for due, (sent, end) in zip(schedule, arrivals, strict=True)]  # fmt: skip
    count = len(rows)
    if count > SHOWN:
        rows[3:] = ["  …"]
    play.tell("\n".join([f"latencies of these {count} messages:", *rows]) + "\nIt")
    got, wanted = play.call("latencies", schedule, arrivals), right(schedule, arrivals)
    ranks = "ranks {}, {} and {}".format(*(PLACES["right"](q, count) + 1 for q in (50, 95, 99)))
    said = f"({', '.join(f'{value:.5f}' for value in wanted)}): the {ranks} of {count}"
    play.see(got, text=said if near(play.reading(got), wanted) else "")


EXERCISES = (
    Exercise(
        number="6.2",
        title="Latency that does not lie",
        section="honest",
        minutes=15,
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
                "since sent",
            ),
            "from_first_send": WrongIdea(
                "all times count from the first sending",
                "When the first message is late, its delay is taken off every latency. `schedule` "
                "and `arrivals` have the same clock: subtract the due time from the arrival, and "
                "nothing else.",
                "from first send",
            ),
            "drops_timeouts": WrongIdea(
                "what never came is left out",
                "Then a transport looks better the more it loses. Whoever waits for ever has "
                "waited longer than anybody else: a latency of infinity, at the end of the list.",
                "no lost; rank of all",
            ),
            "lost_has_a_number": WrongIdea(
                "what never came gets a number",
                "Zero would make a lost message the best of all, and the largest latency that "
                "was seen makes it as good as one that came. Whoever waits for it waits for ever: "
                "its latency is math.inf.",
                "lost are 0; lost are worst; lost come last",
            ),
            "mean_for_median": WrongIdea(
                "the mean stands for the median",
                "Latencies have a long tail. A few very late ones pull the mean up, to a number "
                "that hardly anybody has seen, and one lost message makes it infinite. The median "
                "is the one in the middle.",
                "mean; mean of those that came",
            ),
            "between_two_values": WrongIdea(
                "the percentile lies between two latencies",
                "statistics.median, statistics.quantiles and numpy take a value between two of "
                "the list, which nobody has waited for, and which is no number between a latency "
                "and infinity. The nearest rank takes one of the list: rank ceil(q * n / 100).",
                "middle two; exclusive; inclusive",
            ),
            "rank_off_by_one": WrongIdea(
                "the rank is one off",
                "Of 200 latencies 100 are at most the median, so it has rank 100 and stands in "
                "the sorted list at place 99, since Python counts from 0. Ranks between two are "
                "always rounded up: ceil(q * n / 100) - 1.",
                "rank; rank in the list; floor; floor less 1; less 2; nearest; nearest even; "
                "nearest place; nearest of n - 1; floor of n - 1; ceil of n - 1; nearest of n + 1",
            ),
        },
        judge=judge_6_2,
        slips={
            "Sort the latencies first, the smallest at the beginning: the rank is a place in that "
            "order.": "unsorted; descending",
            "All times are in seconds, and the latencies as well.": "ms",
            "0.0 is a moment like any other, and `if arrived` takes it for none. Ask `is None`.": (
                "0 is never"
            ),
            "Do not round: each percentile is a latency of the list, as it is.": (
                "0 places; 1 places; 2 places; 3 places; 4 places"
            ),
            "The three are the 50th, the 95th and the 99th percentile.": "90",
            "These are moments. A latency is how long it took: subtract when the message was "
            "due.": "moments",
            "A message has arrived when it is there, not when it was sent: arrived - due.": (
                "until sent"
            ),
            "Each message has its own due time: do not sort the arrivals before you subtract "
            "it.": "sorted apart",
        },
    ),
)
