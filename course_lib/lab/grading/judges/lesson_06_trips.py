"""Judge of exercise 6.3: how many round trips it takes, before anything is measured.

    round_trips(transport, situation)  ◀──▶  the same chat in a simulation, in units of its RTT

Exercises.  Builds on: `grading`, `lab.compare` (what is true).
What is new here: nine small numbers, each of which has a reason.
Left out: TLS, DNS, and a server that has to think.
"""

from __future__ import annotations

import random
from typing import Any

from ... import compare, models
from ..answer import Answer
from ..exercise import Exercise
from ..marks import shown
from ..values import Raised
from ..verdict import Verdict, WrongIdea

TRANSPORTS = ("short polling", "long polling", "WebSocket")
COLD, WARM, BURST = (
    "cold: no connection yet",
    "warm: connected, and all is read",
    "burst: two at once",
)
CASES = (COLD, WARM, BURST)
Table = dict[tuple[str, str], Any]


def judge_6_3(answer: Answer, chance: random.Random) -> Verdict:
    """All nine are asked first: whether one is slower than another takes two of them."""
    rtt = round(chance.uniform(0.03, 0.3), 3)
    every = [(transport, situation) for situation in models.SITUATIONS for transport in TRANSPORTS]
    counted: Table = {pair: compare.round_trips(*pair, rtt=rtt) for pair in every}
    said: Table = {pair: answer.call("round_trips", *pair) for pair in every}
    for transport, situation in every:
        case = dict(zip(models.SITUATIONS, CASES, strict=True))[situation]
        got, wanted = said[transport, situation], counted[transport, situation]
        given = f"round_trips({transport!r}, {situation!r})"
        if isinstance(got, Raised) or type(got) not in (int, float):
            answer.marks.equal(case, got, wanted, given=given)
            continue
        answer.marks.true(
            case,
            abs(got - wanted) < 1e-6,
            observed=f"{given} gave {shown(got)}",
            expected=f"{wanted:g}; over a link with a round trip of {rtt * 1000:g} ms the "
            f"simulation took {wanted * rtt * 1000:g} ms",
            idea=_idea(transport, situation, said, counted),
        )
    return answer.marks.verdict()


def _idea(transport: str, situation: str, said: Table, counted: Table) -> str:
    """What a number that is too small, or too large, is a sign of."""
    excess = said[transport, situation] - counted[transport, situation]
    if situation == "cold":
        if excess == -1:
            return "tcp_setup_forgotten"
    elif transport == "WebSocket":
        return "handshake_each_message" if excess in (1, 2) else ""
    socket_is_right = said["WebSocket", situation] == counted["WebSocket", situation]
    tie = counted[transport, situation] == counted["WebSocket", situation]
    return "polling_always_slower" if tie and socket_is_right and excess > 0 else ""


EXERCISES = (
    Exercise(
        number="6.3",
        title="Count the round trips",
        section="round-trips",
        minutes=10,
        names=("round_trips",),
        cases=CASES,
        hints=(
            "Draw two lines, client and server, and an arrow for everything that travels. Each "
            "arrow is half a round trip. Which arrows have to be there before the message can "
            "leave?",
            "Cold: TCP needs an arrow there and one back; then a question goes up, and what it "
            "asked for comes down. Warm: who still has to ask? Burst: long polling has one "
            "question at the server, and the first message takes it along.",
            "Cold is TCP, question, answer for all three. Warm is the way down, and for short "
            "polling the way up before it. In a burst a second question of long polling has to "
            "travel: the first answer down, the question up, the second answer down.",
        ),
        wrong_ideas={
            "tcp_setup_forgotten": WrongIdea(
                "a connection is there at once",
                "TCP sends a SYN and waits for the answer before the first byte of yours may "
                "leave: a whole round trip. On the other side of the world that is a large part "
                "of a cold start.",
            ),
            "handshake_each_message": WrongIdea(
                "each message of a WebSocket has a handshake",
                "The handshake is made once for a connection. From then on the server sends when "
                "it has something: half a round trip.",
            ),
            "polling_always_slower": WrongIdea(
                "polling is always the slower one",
                "For a rare message the question of long polling is waiting at the server, so the "
                "answer leaves at once, like a frame. And cold, a question and a handshake take "
                "the same time. What a WebSocket wins shows when messages come fast.",
            ),
        },
        judge=judge_6_3,
    ),
)
