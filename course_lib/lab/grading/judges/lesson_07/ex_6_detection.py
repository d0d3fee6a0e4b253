"""Judge of exercise 7.6: how soon a server notices that a client has gone, and what that costs.

    detection(25, 20, 10_000)  ─▶  (20, 45, 2_880_000)

Exercises.  Builds on: `grading.trial`.
What is new here: the three numbers are looked at one by one; the timeout is sometimes the longer.
Left out: the round trip, which makes each period longer by itself.
"""

from __future__ import annotations

import random
from functools import partial

from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near

CASES = {
    (EARLIEST := "at the earliest"):
        "It vanishes just before a ping: only the timeout passes until the server knows.",
    (LATEST := "at the latest"):
        "It vanishes just after its pong: a whole interval passes until the next ping, and then "
        "the timeout.",
    (PACKETS := "packets an hour"):
        "Each client has a ping and a pong in each interval. An hour has 3600 seconds.",
}  # fmt: skip
NO_TIME = "Return three numbers: (earliest, latest, packets)."


def right(interval: float, timeout: float, clients: int, wrong: Wrong) -> tuple[float, ...]:
    """The answer, with another formula for each mistake."""
    both, often = interval + timeout, 3600 / interval * clients
    formulas = (
        {"0": 0, "interval first": interval, "both first": both, "half first": timeout / 2,
         "gap": abs(interval - timeout), "shorter": min(interval, timeout)},
        {"timeout": timeout, "interval": interval, "longer": max(interval, timeout),
         "two intervals": both + interval, "two timeouts": both + timeout,
         "twice interval": 2 * interval, "middle": interval / 2 + timeout},
        {"pings": often, "both waits": 2 * 3600 / both * clients,
         "one client": 2 * 3600 / interval,
         "a second": 2 / interval * clients, "a minute": 120 / interval * clients,
         "timeouts": 2 * 3600 / timeout * clients,
         "whole pings": 2 * (3600 // interval) * clients},
    )  # fmt: skip
    true = timeout, both, 2 * often
    ways = [[one for name, one in some.items() if name in wrong] for some in formulas]
    if {"pings", "both waits"} <= wrong:
        ways[2] = [3600 / both * clients]
    found = [some[0] if some else value for some, value in zip(ways, true, strict=True)]
    if "latest first" in wrong:
        found[:2] = found[1], found[0]
    return (found[0] * 1000, found[1] * 1000, found[2]) if "ms" in wrong else tuple(found)


def judge_7_6(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right, same=partial(near, room=5e-6))  # whole packets, too
    settings = [(25, 20), (chance.uniform(4, 6), chance.uniform(7, 9)), (60, 35)]
    settings += [(round(chance.uniform(80, 90), 1), 2.5)]
    for interval, timeout in settings:
        clients = chance.randint(3, 9) * 1000
        trial.play(EARLIEST, partial(_story, (round(interval, 2), round(timeout, 2), clients)))
    return trial.verdict()


def _story(setting: tuple[float, float, int], play: Play) -> None:
    """One call; each of its three numbers is looked at."""
    play.tell(f"detection{setting}")
    got = play.call("detection", *setting)
    parts = got if type(got) in (tuple, list) and len(got) == 3 else [None] * 3
    for case, value in zip(CASES, parts, strict=True):
        if is_number(value):
            said = f"{case}: {float(value):,.2f}{'' if case == PACKETS else ' s'}"
            play.see(None, case=case, counts=value, text=said)
        else:
            play.see(got, case=case, why=NO_TIME if not hasattr(got, "message") else "")


EXERCISES = (Exercise(
    number="7.6", title="How soon, and for how much", section="heartbeat", minutes=6,
    names=("detection",), cases=CASES, judge=judge_7_6,
    hints=(
        "Draw a line with pings at 0, 25, 50 … and a pong shortly after each. Let the client "
        "vanish somewhere, and look for the next ping. When is the timeout over?",
        "The timeout always passes in full. What varies is the time until the next ping: from "
        "nothing to a whole interval. And how many packets travel in one interval?",
        "Earliest: timeout. Latest: interval + timeout. An hour: clients * 2 * (3600 / interval).",
    ),
    wrong_ideas={
        "latest_is_timeout": WrongIdea("the timeout is all that passes",
            "The timeout begins with a ping. Whoever vanishes just after its pong is not asked "
            "before an interval is over.", "timeout"),
        "latest_is_interval": WrongIdea("after an interval it is noticed",
            "After an interval the server asks. It does not know before it has waited for the "
            "answer, for the timeout.", "interval; twice interval"),
        "latest_is_the_longer": WrongIdea("the longer of the two decides",
            "The two waits are not at the same time: the timeout begins when the interval has "
            "ended. So they add up.", "longer"),
        "earliest_is_zero": WrongIdea("with luck it is noticed at once",
            "Nothing arrives that tells it. A client that has just gone and one that is slow look "
            "the same, until the timeout is over.", "0"),
        "earliest_is_interval": WrongIdea("an interval passes in any case",
            "The next ping may be sent a moment after the client has vanished. Then only the "
            "timeout passes.", "interval first; both first"),
        "pongs_forgotten": WrongIdea("only the pings are counted",
            "Every ping is answered: two packets in each interval, and the server has to read one "
            "of them.", "pings; pings, both waits"),
        "timeout_in_the_period": WrongIdea("a period is interval and timeout",
            "A client that is there answers at once, and with its pong the next interval begins. "
            "The timeout passes only for those who have gone.", "both waits"),
    },
    slips={
        "The earliest is the first of the three numbers, the latest the second.": "latest first",
        "Divide without rounding, with / and not with //. An hour is rarely a number of whole "
        "intervals, and what is cut off is multiplied by all clients.": "whole pings",
        "All clients together: count the packets of each of them.": "one client",
        "Packets an hour: an hour has 3600 seconds.": "a second; a minute",
        "The interval says how often there is a ping, and not the timeout.": "timeouts",
        "The latest, not the middle: the worst client vanishes just after its pong.": "middle",
        "One interval and one timeout; each of them passes once.": "two intervals; two timeouts",
        "All times are in seconds here, as they were given.": "ms",
        "The timeout passes in full, whenever the client has vanished.": "gap; half first; shorter",
    },
),)  # fmt: skip
