"""Judge of exercise 2.5: the answer predicts what long polling gives and what it costs.

    predict_hold(rtt, rate) ─▶ (slow, questions)  ◀── fresh numbers ──▶  the chat, simulated

Exercises.  Builds on: `grading.trial`, `lab.compare` and `lab.clock` (what is true).
What is new here: the right program is the simulation, and what is near it is right.  A wrong idea
is a formula, and an answer that has it gives the very same number.
Left out: rates at which a tenth of the messages falls into the gap; there `slow` jumps.
"""

from __future__ import annotations

import math
import random
from functools import partial

from .... import clock, compare, metrics
from ...sandbox.values import is_number
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near

CASES = {
    (RARE := "rare messages"):
        "Return slow first, in seconds. Nearly every message meets a request that waits at the "
        "server, and takes RTT/2. While at most a tenth falls into the gap, slow is that, too.",
    (BETWEEN := "messages that come about once in a round trip"):
        "Sort the latencies: first come the 1 - p of all that do not wait, with RTT/2, then the p "
        "of the gap, evenly from RTT/2 to 1.5 RTT. The place 0.9 is at (p - 0.1) / p of the gap's.",
    (BUSY := "many messages in every round trip"):
        "Nearly every message falls into the gap: the latencies go evenly from RTT/2 to 1.5 RTT, "
        "and slow stands at nine tenths of the way.",
    (COST := "requests for a message"):
        "One cycle has one request, and rate * rtt + exp(-rate * rtt) messages: divide.",
}  # fmt: skip
# Messages in a round trip (from, to), round-trip times (from, to), messages simulated, and how near
# `slow` and `questions` must be.  Rare ones still come before the server's hold is over.
REGIMES = {
    RARE: (0.03, 0.045, 0.01, 0.03, 300, 0.02, 0.05),
    BETWEEN: (0.48, 0.55, 0.02, 0.3, 2500, 0.045, 0.05),
    BUSY: (4.0, 6.0, 0.02, 0.3, 1500, 0.03, 0.06),
}


def simulated(rtt: float, rate: float, count: int, seed: int) -> tuple[float, float]:
    """The 90th percentile of the latencies, and the number of requests for each message."""
    drawn = metrics.poisson(rate, count, seed)
    # Exactly as long as its rate says: else the length is what varies most between two draws.
    even = count / rate / drawn[-1]
    schedule = metrics.Schedule([time * even for time in drawn], rate)
    run = clock.simulate(compare.measure(compare.long_polling(), schedule, rtt=rtt))
    return run.percentile(90), run.requests_per_message


def formula(rtt: float, rate: float, wrong: Wrong) -> tuple[float, float]:
    """The lesson's way to both numbers, with a switch for each mistake."""
    x = rate * rtt
    p = x / (x + math.exp(-x))
    places = {
        "half": 0.5, "worst": 1.5, "mean": 0.5 + p / 2, "median": 0.5 + max(0.0, p - 0.5) / p,
        "0.9 for 1/2": 0.5 + max(0.0, p - 0.9) / p, "0.9 of the gap": 0.5 + 0.9,
        "0.9 of p": 0.5 + 0.9 * p,
    }  # fmt: skip
    place = next((places[one] for one in wrong & places.keys()), 0.5 + (p - 0.1) / p)
    place = 0.5 if p <= 0.1 and "everywhere" not in wrong else place
    messages = 1.0 if "one" in wrong else x + math.exp(-x)
    return place * rtt, messages if "upside down" in wrong else 1 / messages


def judge_2_5(answer: Answer, chance: random.Random) -> Verdict:
    """Each regime has another round-trip time; each is simulated once for all programs."""
    truth: dict[tuple[float, float], tuple[float, float]] = {}

    def right(rtt: float, rate: float, wrong: Wrong) -> tuple[float, float]:
        return formula(rtt, rate, wrong) if wrong else truth[rtt, rate]

    trial = Trial(answer, chance, right, same=partial(near, room=0.005))
    for case, (least, most, close, far, count, *_) in REGIMES.items():
        rtt = round(chance.uniform(close, far), 3)
        rate = round(chance.uniform(least, most) / rtt, 3)
        truth[rtt, rate] = simulated(rtt, rate, count, chance.randrange(10**6))
        trial.play(case, partial(_predicts, rtt, rate, truth[rtt, rate]))
    return trial.verdict()


def _predicts(rtt: float, rate: float, truth: tuple[float, float], play: Play) -> None:
    """Two numbers: what is near the truth is right, and of others the very number counts."""
    play.tell(f"predict_hold({rtt}, {rate})")
    got = play.call("predict_hold", rtt, rate)
    pair = type(got) is tuple and len(got) == 2 and all(map(is_number, got))
    for at, (case, name, unit) in enumerate(((play.case, "slow", rtt), (COST, "questions", 1.0))):
        if not pair:
            play.see(got, case=case, counts="no pair")
            continue
        true, room, value = truth[at], REGIMES[play.case][5 + at], float(got[at])
        good = abs(value - true) <= room * true
        said = f"gave {name} = {value:.4f}; {rate * rtt:.2f} messages come in a round trip"
        wanted = f"{name} is about {true:.4f} in the simulation, {room * true:.4f} more or less"
        play.see(got if good else None, case=case, counts="right" if good else value / unit,
                 text=wanted if good else said)  # fmt: skip


EXERCISES = (Exercise(
    number="2.5", title="Predict long polling", section="model", minutes=15,
    names=("predict_hold",), cases=CASES, judge=judge_2_5,
    hints=(
        "slow: sort the latencies in your mind. First come the messages that met a waiting "
        "request, all with RTT/2, then those that fell into the gap, evenly. Where is the place "
        "0.9? questions: how many requests has one cycle, and how many messages?",
        "With p the share in the gap, the places 0 to 1 - p have RTT/2. If 0.9 is among them, "
        "that is slow. If not, how far is 0.9 after 1 - p, as a part of p? So far into the gap's "
        "latencies it is. One cycle has one request.",
        "x = rate * rtt; cycle = x + math.exp(-x); p = x / cycle; slow = rtt / 2 when 0.9 <= 1 - "
        "p, and otherwise rtt / 2 + rtt * (0.9 - (1 - p)) / p; questions = 1 / cycle.",
    ),
    wrong_ideas={
        "always_half_rtt": WrongIdea("a request is always waiting",
            "After each answer there is a gap of one round trip in which no request is at the "
            "server. When messages come fast, most of them fall into it and wait for its end.",
            "half"),
        "always_one_and_a_half": WrongIdea("every message waits for the whole gap",
            "That is the worst case: a message right at the beginning of the gap. Rare messages "
            "do not meet a gap at all, and those that do fall anywhere in it.",
            "worst; worst, everywhere"),
        "median_for_slow": WrongIdea("the median stands for nine of ten",
            "The median is at the place 0.5 of the sorted latencies, and half of the messages are "
            "slower. The place 0.9 is asked for. In the median's formula, which number is that "
            "place?", "median"),
        "mean_for_slow": WrongIdea("the mean stands for nine of ten",
            "The mean weighs all latencies, and nearly half of the messages may be slower than "
            "it. slow is a latency that only one message in ten exceeds: sort them, and take the "
            "place 0.9.", "mean; mean, everywhere"),
        "nine_tenths_for_a_half": WrongIdea("0.9 is put where the lesson has one half",
            "The lesson's p - 1/2 is 1/2 - (1 - p): so far comes the place 1/2 after the 1 - p "
            "messages that do not wait. For the place 0.9 this is 0.9 - (1 - p), which is p - 0.1.",
            "0.9 for 1/2"),
        "nine_tenths_of_the_gap": WrongIdea(
            "nine tenths are taken of the gap, and not of all messages",
            "The place 0.9 counts over all messages, and 1 - p of them do not wait at all. Only p "
            "- 0.1 are left for the gap: divide that by p, and you have the part of the gap's "
            "latencies.",
            "0.9 of the gap; 0.9 of the gap, everywhere; 0.9 of p; 0.9 of p, everywhere"),
        "one_request_each": WrongIdea("each message takes a request of its own",
            "One answer brings all messages of the gap. A cycle is one request, and has more "
            "messages the faster they come.", "one"),
        "messages_for_a_request": WrongIdea(
            "messages for a request, instead of requests for a message",
            "x + exp(-x) is how many messages one request brings. How many requests one message "
            "takes is the other way round: 1 divided by that.", "upside down"),
    },
),)  # fmt: skip
