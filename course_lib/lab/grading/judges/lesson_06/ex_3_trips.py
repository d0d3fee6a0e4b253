"""Judge of exercise 6.3: predict how many round trips the messages take on each transport.

    round_trips(transport, moments, connected, keep_alive)
        ◀──▶  the same chat in a simulation, in units of its RTT

Exercises.  Builds on: `grading`, `lab.compare` (what is true), `lab.models` (what an idea
leads to).
What is new here: the moments are drawn at random, so an answer cannot be a table.  An idea is named
if the number is exactly the one that it leads to.
Left out: TLS, DNS, and computing time of the server.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from .... import compare, models
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

TRANSPORTS = ("short polling", "long polling", "WebSocket")
COLD, WARM, BURST, SPREAD, CLOSED = (
    "cold: no connection yet",
    "warm: connected, and one message comes",
    "burst: several right behind each other",
    "spread: more come while something travels",
    "a new connection for each question",
)
CASES = (COLD, WARM, BURST, SPREAD, CLOSED)
ROUNDS = 3  # draws of each case that has more than one message
NEAR = 1e-6


@dataclass(slots=True)
class Story:
    """When messages are sent, and on what connection; the same for all transports."""

    case: str
    moments: list[float]
    connected: bool = True
    keep_alive: bool = True


def judge_6_3(answer: Answer, chance: random.Random) -> Verdict:
    """Call for all transports of a story first: an idea that compares two needs both results."""
    rtt = round(chance.uniform(0.03, 0.3), 3)
    for story in _stories(chance):
        asked = (story.moments, story.connected, story.keep_alive)
        said = {name: answer.call("round_trips", name, *asked) for name in TRANSPORTS}
        counted = {name: compare.until_all(name, *asked, rtt=rtt) for name in TRANSPORTS}
        for name in TRANSPORTS:
            got, wanted = said[name], counted[name]
            given = f"round_trips({name!r}, {', '.join(map(repr, asked))})"
            if isinstance(got, Raised) or type(got) not in (int, float):
                answer.marks.equal(story.case, got, wanted, given=given)
                continue
            answer.marks.true(
                story.case,
                abs(got - wanted) < NEAR,
                observed=f"{given} gave {shown(got)}",
                expected=f"{wanted:g}; over a link with a round trip of {rtt * 1000:g} ms the "
                f"simulation took {wanted * rtt * 1000:g} ms",
                idea=_idea(name, story, said, counted),
            )
    return answer.marks.verdict()


def _stories(chance: random.Random) -> list[Story]:
    """Stories, the simple ones first; no message is sent when a request reaches the server."""
    stories = [Story(COLD, [0.0], connected=False), Story(WARM, [0.0])]
    for _ in range(ROUNDS):
        several = [number / 100 for number in range(chance.randint(2, 9))]
        stories += [
            Story(BURST, several),
            Story(COLD, several, connected=False),
            Story(SPREAD, _spread(chance)),
            Story(SPREAD, _spread(chance), connected=False),
            Story(CLOSED, several, keep_alive=False),
            Story(CLOSED, _spread(chance), keep_alive=False),
        ]
    return [*stories, Story(CLOSED, [0.0], keep_alive=False)]


def _spread(chance: random.Random) -> list[float]:
    """Moments that differ by no multiple of half a round trip, so no two events coincide."""
    parts = chance.sample(range(2, 49, 3), chance.randint(2, 5))
    return [0.0, *sorted(round(part / 100 + chance.randrange(8) / 2, 2) for part in parts)]


def _idea(name: str, story: Story, said: dict[str, Any], counted: dict[str, float]) -> str:
    """The wrong idea that leads to this number; empty if none does."""
    got, wanted = said[name], counted[name]
    asked = (story.moments, story.connected, story.keep_alive)
    if story.case == COLD and abs(got - models.until_all(name, *asked, setup=0.0)) < NEAR:
        return "tcp_setup_forgotten"  # in other cases `connected` may be what was forgotten
    if name == "WebSocket":
        each = [len(story.moments) * (way + 0.5) for way in (1, 2)]
        guesses = [wanted + 1, wanted + 2, *each]
        wrong = story.connected and any(abs(got - guess) < NEAR for guess in guesses)
        return "handshake_each_message" if wrong else ""
    socket = counted["WebSocket"]
    tie = wanted == socket == said["WebSocket"] and story.moments == [0.0] and story.keep_alive
    return "polling_always_slower" if tie and got > wanted else ""


EXERCISES = (
    Exercise(
        number="6.3",
        title="Count the round trips",
        section="round-trips",
        minutes=15,
        names=("round_trips",),
        cases=CASES,
        hints=(
            "Draw two lines, client and server, and an arrow for everything that travels. Each "
            "arrow is half a round trip. Put the moments on the server's line. Which arrows have "
            "to be there before a message can leave?",
            "WebSocket needs no loop: when is it ready, and when does the last message come? For "
            "polling keep two values: the moment `asked` at which a question is at the server, "
            "and how many messages the client will have. When is that question answered?",
            "Both kinds of polling are one loop. A held question is answered at "
            "`max(asked, moments[have])`, a short one at `asked`. All messages of that moment and "
            "before go along. If that is all of them, it is half a round trip later; if not, the "
            "answer goes down, perhaps a connection is opened, and the next question comes up.",
        ),
        wrong_ideas={
            "tcp_setup_forgotten": WrongIdea(
                "a connection is there at once",
                "TCP sends a SYN and waits for the answer before the first byte of yours may "
                "leave: a whole round trip. On the other side of the world that is a large part "
                "of a cold start, and without keep-alive each question pays it again.",
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
