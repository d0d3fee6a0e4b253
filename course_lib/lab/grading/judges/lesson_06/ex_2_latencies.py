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
    (PUNCTUAL := "a sender that is on time"):
        "Sort the latencies. Of n of them the percentile q has the rank q * n / 100, rounded up, "
        "and the first one has rank 1. Each percentile is a latency of the list.",
    (LATE := "a sender that is held up"):
        "A message waits from the moment at which it was due, whenever it was sent, and the first "
        "one, too: arrived - due.",
    (LOST := "answers that never came"):
        "A message that never arrived has a latency of math.inf. It stays in the list, and has "
        "one of the last ranks.",
}  # fmt: skip
SHOWN = 8  # messages of a story; of more only some are shown

Pair = tuple[float, float | None]


def right(
    schedule: list[float], arrivals: list[Pair], wrong: Wrong = frozenset()
) -> tuple[float, ...]:
    """The answer, with a switch for each mistake."""
    never = [end is None or (end == 0 and "0 is never" in wrong) for _, end in arrivals]
    last = max(end for _, end in arrivals if end is not None)
    gone = last if "lost come last" in wrong else math.inf
    ends = [gone if lost else end or 0.0 for lost, (_, end) in zip(never, arrivals, strict=True)]
    if "sorted apart" in wrong:
        ends.sort()
    offset = arrivals[0][0] - schedule[0] if "from first send" in wrong else 0.0
    late = []
    for due, (sent, _), end in zip(schedule, arrivals, ends, strict=True):
        start = sent if "since sent" in wrong else 0.0 if "moments" in wrong else due + offset
        late.append((sent if "until sent" in wrong and end < math.inf else end) - start)
    came = [value for value in late if value < math.inf]
    lost = {"no lost": [], "rank of all": [], "lost are 0": [0.0], "lost are worst": [max(came)]}
    for one in wrong & lost.keys():
        late = came + lost[one] * (len(late) - len(came))
    late = sorted(value * (1000 if "ms" in wrong else 1) for value in late)
    for way in wrong & {"exclusive", "inclusive"}:
        cuts = statistics.quantiles(late, n=100, method=way)  # type: ignore[arg-type]
        return cuts[49], cuts[94], cuts[98]
    count = len(schedule) if "rank of all" in wrong else len(late)
    found = [late[_place(q, count, wrong)] for q in (50, 90 if "90" in wrong else 95, 99)]
    if "middle two" in wrong:
        found[0] = statistics.median(late)
    for some in wrong & {"mean", "mean of those that came"}:
        found[0] = statistics.fmean(late if some == "mean" else came)
    return tuple(found)


def _place(q: int, n: int, wrong: Wrong = frozenset()) -> int:
    """Of the percentile q in a sorted list of n, counted from 0."""
    ways: dict[str, Callable[[float], int]] = {"floor": int, "nearest": round}
    ways["halves up"] = lambda rank: int(rank + 0.5)
    whole = next((ways[one] for one in ways if one in wrong), math.ceil)
    rank = whole(q * (n + ("of n + 1" in wrong) - ("of n - 1" in wrong)) / 100)
    place = rank - 1 + ("one more" in wrong) - ("one less" in wrong)
    return max(0, min(n - 1, place)) if "in the list" in wrong else place


def judge_6_2(answer: Answer, chance: random.Random) -> Verdict:
    """In each case first a list that a learner can check by hand, then longer ones."""
    trial = Trial(answer, chance, right, same=near, reads=tuple)
    asked = [(PUNCTUAL, count, 0) for count in (6, 100, 52, 33)]
    asked += [(LATE, 7, 0), (LATE, 52, 0), (LOST, 6, 1), (LOST, 52, 2), (LOST, 33, 20)]
    for case, count, lost in asked:
        trial.play(case, partial(_story, *_asked(chance, count, lost, held_up=case == LATE)))
    trial.play(LOST, partial(_story, [0.0, 0.5, 1.0], [(0.0, 0.0), (0.5, 0.75), (1.0, None)]))
    return trial.verdict()


def _asked(
    chance: random.Random, count: int, lost: int, *, held_up: bool
) -> tuple[list[float], list[Pair]]:
    """Due times in order, and for each message when it was sent and when it arrived."""
    rate, begin = chance.uniform(5, 50), chance.uniform(1, 9)
    schedule = [round(begin + number / rate, 5) for number in range(count)]
    held = schedule[count // 2] if held_up else 0.0  # the first half waits until then
    sent = [max(due, held) for due in schedule]
    ends = [round(moment + chance.lognormvariate(-2.5, 0.8), 5) for moment in sent]
    if len({round(end - due, 5) for due, end in zip(schedule, ends, strict=True)}) < count:
        # Two latencies are the same, so a wrong rank could be as good.
        return _asked(chance, count, lost, held_up=held_up)
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
    ranks = "ranks {}, {} and {}".format(*(_place(q, count) + 1 for q in (50, 95, 99)))
    said = f"({', '.join(f'{value:.5f}' for value in wanted)}): the {ranks} of {count}"
    play.see(got, text=said if near(play.reading(got), wanted) else "")


EXERCISES = (Exercise(
    number="6.2", title="Latency that does not lie", section="honest", minutes=15, core=True,
    names=("latencies",), cases=CASES, judge=judge_6_2,
    hints=(
        "Since when does a person wait: since the program got round to sending, or since the "
        "message was there? And how long does somebody wait whose answer never came?",
        "A latency is arrived - due, and math.inf without an arrival. Sort them all. The "
        "percentile q is the one of rank ceil(q / 100 * n), where the first has rank 1.",
        "ordered = sorted(math.inf if arrived is None else arrived - due for due, (sent, arrived) "
        "in zip(schedule, arrivals)). Return tuple(ordered[math.ceil(q * len(ordered) / 100) - 1] "
        "for q in (50, 95, 99)).",
    ),
    wrong_ideas={
        "from_actual_send": WrongIdea("the clock starts when the program sends",
            "A sender that is held up sends late, and whoever counts from then does not see that. "
            "The worst moments vanish from the figures. This mistake has a name, coordinated "
            "omission. Count from when the message was due.", "since sent"),
        "from_first_send": WrongIdea("all times count from the first sending",
            "When the first message is late, its delay is taken off every latency. `schedule` and "
            "`arrivals` have the same clock: subtract the due time from the arrival, and nothing "
            "else.", "from first send"),
        "drops_timeouts": WrongIdea("what never came is left out",
            "Then a transport looks better the more it loses. Whoever waits for ever has waited "
            "longer than anybody else: a latency of infinity, at the end of the list.",
            "no lost; rank of all"),
        "lost_has_a_number": WrongIdea("what never came gets a number",
            "Zero would make a lost message the best of all, and the largest latency that was "
            "seen makes it as good as one that came. Whoever waits for it waits for ever: its "
            "latency is math.inf.", "lost are 0; lost are worst; lost come last"),
        "mean_for_median": WrongIdea("the mean stands for the median",
            "Latencies have a long tail. A few very late ones pull the mean up, to a number that "
            "hardly anybody has seen, and one lost message makes it infinite. The median is the "
            "one in the middle.", "mean; mean of those that came"),
        "between_two_values": WrongIdea("the percentile lies between two latencies",
            "statistics.median, statistics.quantiles and numpy take a value between two of the "
            "list, which nobody has waited for, and which is no number between a latency and "
            "infinity. The nearest rank takes one of the list: rank ceil(q * n / 100).",
            "middle two; exclusive; inclusive"),
        "rank_off_by_one": WrongIdea("the rank is one off",
            "Of 200 latencies 100 are at most the median, so it has rank 100 and stands in the "
            "sorted list at place 99, since Python counts from 0. Ranks between two are always "
            "rounded up: ceil(q * n / 100) - 1.",
            "one more; one more, in the list; floor, one more; floor, in the list; one less; "
            "halves up, in the list; nearest, in the list; nearest, one more, in the list; "
            "nearest, of n - 1, one more; floor, of n - 1, one more; of n - 1, one more; nearest, "
            "of n + 1, in the list"),
    },
    slips={
        "All times are in seconds, and the latencies as well.": "ms",
        "0.0 is a moment like any other, and `if arrived` takes it for none. Ask `is None`.":
            "0 is never",
        "The three are the 50th, the 95th and the 99th percentile.": "90",
        "These are moments. A latency is how long it took: subtract when the message was due.":
            "moments",
        "A message has arrived when it is there, not when it was sent: arrived - due.":
            "until sent",
        "Each message has its own due time: do not sort the arrivals before you subtract it.":
            "sorted apart",
    },
),)  # fmt: skip
