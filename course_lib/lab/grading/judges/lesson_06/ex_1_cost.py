"""Judge of exercise 6.1: what a delivered message costs, counted from a trace.

    request ↑ 118 ─ response ↓ 96 (nothing) ─ request ↑ 118 ─ response ↓ 160 (2 messages)
    cost(trace) ─▶ (492 / 2 bytes, 2 / 2 requests)

Exercises.  Builds on: `grading`.
What is new here: every wrong idea leaves out some rows, so the judge recognises it by the sum of
the others.
Left out: TCP and IP headers; a trace knows nothing of them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

SHORT = "short polling, with many empty answers"
LONG = "long polling"
SOCKET = "WebSocket"
LOST = "an answer that never arrived"
CASES = (SHORT, LONG, SOCKET, LOST)

Row = dict[str, Any]


def judge_6_1(answer: Answer, chance: random.Random) -> Verdict:
    traces = (
        (LONG, _long(chance)),
        (SHORT, _short(chance)),
        (SOCKET, _socket(chance)),
        (LOST, _lost(chance)),
        (SHORT, _short(chance)),
    )
    for case, trace in traces:
        _one(answer, case, trace)
    return answer.marks.verdict()


def _row(what: str, way: str, size: int, payload: int = 0, messages: int = 0) -> Row:
    return {"what": what, "way": way, "bytes": size, "payload": payload, "messages": messages,
            "arrived": True}  # fmt: skip


def _poll(chance: random.Random, messages: int) -> Iterator[Row]:
    """A request and its response."""
    payload = sum(chance.randint(10, 90) for _ in range(messages))
    yield _row("request", "up", chance.randint(90, 180))
    yield _row("answer", "down", chance.randint(120, 190) + payload, payload, messages)


def _long(chance: random.Random) -> list[Row]:
    """Each request has a response but the last, which the server still holds."""
    rows = [row for _ in range(8) for row in _poll(chance, chance.randint(1, 3))]
    return [*rows, _row("request", "up", chance.randint(90, 180))]


def _short(chance: random.Random) -> list[Row]:
    """Many polls, most with an empty response."""
    counts = [0] * chance.randint(20, 40) + [1] * chance.randint(2, 5) + [2, 3]
    chance.shuffle(counts)
    return [row for count in counts for row in _poll(chance, count)]


def _socket(chance: random.Random) -> list[Row]:
    """A handshake, frames, and a ping with its pong."""
    sizes = [chance.randint(10, 90) for _ in range(chance.randint(5, 20))]
    rows = [_row("frame", "down", size + 2, size, 1) for size in sizes]
    at = chance.randrange(1, len(rows))
    rows[at:at] = [_row("frame", "down", 6), _row("frame", "up", 10)]
    hands = [_row("handshake", "up", chance.randint(150, 210))]
    hands.append(_row("handshake", "down", chance.randint(120, 140)))
    return [*hands, *rows]


def _lost(chance: random.Random) -> list[Row]:
    """The link broke in the middle of a response; its messages came with the next one."""
    first, second, third = (list(_poll(chance, count)) for count in (2, 3, 2))
    broken = second[1]
    again = dict(broken)
    broken |= {"arrived": False, "bytes": broken["bytes"] - chance.randint(20, 60)}
    return [*first, *second, _row("request", "up", second[0]["bytes"]), again, *third]


def _one(answer: Answer, case: str, trace: list[Row]) -> None:
    said = answer.call("cost", trace)
    right = _bytes(trace) / _delivered(trace), _asked(trace) / _delivered(trace)
    rows = "\n".join(map(str, trace[:6])) + ("\n…" if len(trace) > 6 else "")
    if not _two_numbers(said):
        rounded = tuple(round(value, 3) for value in right)
        answer.marks.equal(case, said, rounded, given=f"{rows}\ncost")
        return
    left_out = _without(trace)
    for index, name in enumerate(("bytes", "requests")):
        ideas = {
            idea
            for idea, values in left_out.items()
            for value in values[index]
            if _near(said[index], value)
            and not _near(value, right[index])
            and any(
                _near(said[1 - index], other) for other in (right[1 - index], *values[1 - index])
            )
        }
        whole = type(said[index]) is int and said[index] == int(right[index])  # `//`: no wrong idea
        answer.marks.true(
            case,
            _near(said[index], right[index]),
            observed=f"{rows}\n{len(trace)} rows; {name} for each delivered message: "
            f"{shown(said[index])}",
            expected=f"{right[index]:.3f}: {_parts(trace, index)}",
            idea=ideas.pop() if len(ideas) == 1 and not whole else "",
        )


def _parts(trace: list[Row], index: int) -> str:
    total = _asked(trace) if index else _bytes(trace)
    return f"{total} {'requests' if index else 'bytes'} for {_delivered(trace)} messages"


def _without(trace: list[Row]) -> dict[str, tuple[list[float], list[float]]]:
    """For each wrong idea the results (bytes, requests) that it gives by leaving out some rows."""
    delivered, total, asked = _delivered(trace), _bytes(trace), _asked(trace)
    sent = sum(row["messages"] for row in trace)
    down = _bytes([row for row in trace if row["way"] == "down"])
    arrived = [row for row in trace if row["arrived"]]
    no_hands = [row for row in trace if row["what"] != "handshake"]
    no_empty = _no_empty_polls(trace)
    no_empty_answers = [row for row in trace if row["what"] != "answer" or row["messages"]]
    ways: dict[str, tuple[list[float], list[float]]] = {
        "payload_only": ([sum(row["payload"] for row in rows) for rows in (trace, arrived)], []),
        "one_direction": ([down, total - down], []),
        "handshake_ignored": ([_bytes(no_hands)], [_asked(no_hands)]),
    }  # fmt: skip
    if len(no_empty) < len(trace):
        useful = sum(row["what"] == "answer" and row["messages"] > 0 for row in trace)
        ways["empty_polls_ignored"] = (
            [_bytes(no_empty), _bytes(no_empty_answers)],
            [_asked(no_empty), useful],
        )
    costs = {
        idea: ([value / delivered for value in one], [value / delivered for value in two])
        for idea, (one, two) in ways.items()
    }
    return costs | {"per_sent_not_delivered": ([total / sent], [asked / sent])}


def _no_empty_polls(trace: list[Row]) -> list[Row]:
    """The rows without the empty responses and their requests, each the row right before."""
    kept: list[Row] = []
    for row in trace:
        if row["what"] == "answer" and not row["messages"]:
            kept.pop()
        else:
            kept.append(row)
    return kept


def _bytes(rows: list[Row]) -> int:
    return sum(row["bytes"] for row in rows)


def _asked(rows: list[Row]) -> int:
    """The number of requests; a handshake begins with one, too."""
    return sum(row["way"] == "up" and row["what"] in ("request", "handshake") for row in rows)


def _delivered(rows: list[Row]) -> int:
    return sum(row["messages"] for row in rows if row["arrived"])


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _two_numbers(said: Any) -> bool:
    return (
        not isinstance(said, Raised)
        and type(said) in (tuple, list)
        and len(said) == 2
        and all(type(value) in (int, float) for value in said)
    )


EXERCISES = (
    Exercise(
        number="6.1",
        title="What a delivered message costs",
        section="cost",
        minutes=10,
        core=True,
        names=("cost",),
        cases=CASES,
        hints=(
            "Three numbers are needed: all bytes, all requests, and the messages that arrived. "
            "Which rows count for each of them?",
            "Bytes: every row, in both directions, empty or broken or not. Requests: each "
            "question, and the first half of a handshake. Messages: those of the rows that "
            "arrived.",
            'total = sum(row["bytes"] for row in trace). requests = how many rows have '
            '"way" == "up" and "what" in ("request", "handshake"). delivered = '
            'sum(row["messages"] for row in trace if row["arrived"]). Return both, divided by '
            "delivered.",
        ),
        wrong_ideas={
            "payload_only": WrongIdea(
                "only the payload is counted",
                "The payload is what the people wrote, and it is the same on every transport. "
                "What transports differ in is everything around it: heads, questions, frames.",
            ),
            "one_direction": WrongIdea(
                "only one direction is counted",
                "Messages come down, but questions go up, and somebody pays for them, too. On a "
                "telephone they may be the larger part. Count both directions.",
            ),
            "handshake_ignored": WrongIdea(
                "the handshake is for free",
                "A handshake is a request with a head and an answer. For a long conversation it "
                "hardly matters, for a short one it is most of the price. So count it, and let "
                "the number of messages decide.",
            ),
            "empty_polls_ignored": WrongIdea(
                "empty answers are not counted",
                "An empty answer brings no message, but it costs a question and two heads. They "
                "are what short polling is expensive for. All of it is the price of the messages "
                "that came.",
            ),
            "per_sent_not_delivered": WrongIdea(
                "what was sent is taken for delivered",
                "An answer that broke has carried its messages nowhere; they have to be sent "
                "again. A transport that loses much would look cheap. Divide by what arrived.",
            ),
        },
        judge=judge_6_1,
    ),
)
