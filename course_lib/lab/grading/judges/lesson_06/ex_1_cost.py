"""Judge of exercise 6.1: what a delivered message costs, counted from a trace.

    request ↑ 118 ─ answer ↓ 96 (nothing) ─ request ↑ 118 ─ answer ↓ 160 (2 messages)
    cost(trace) ─▶ (492 / 2 bytes, 2 / 2 requests)

Exercises.  Builds on: `grading.trial`.
What is new here: a trace has ten rows at most, and is shown whole, so a learner can check the sum.
How many rows of each kind there are is fixed: two ideas must not have the same number of requests.
Left out: TCP and IP headers; a trace knows nothing of them.
"""

from __future__ import annotations

import itertools
import random
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, near
from . import ROUNDED, rounded

CASES = {
    (SHORT := "short polling, with many empty answers"):
        "All rows cost bytes, and each request counts, also when its answer is empty. Divide both "
        "sums by the number of messages: an answer may carry several.",
    (LONG := "long polling"):
        "A request counts when it is sent, whether or not its answer has come. Divide by the "
        "messages, not by the answers.",
    (SOCKET := "WebSocket"):
        "Both halves of the handshake cost bytes, and together they are one request. Frames, "
        "pings and pongs too, cost bytes and are no requests.",
    (LOST := "an answer that never arrived"):
        "The bytes of the broken answer were paid for, and its messages were not delivered: count "
        "its bytes and its request, and leave its messages out.",
}  # fmt: skip

Row = dict[str, Any]


def right(trace: list[Row], wrong: Wrong = frozenset()) -> tuple[float, ...]:
    """The answer, with switches: "free up" (its bytes), "unasked open", "asks up" (requests)."""
    size = asked = messages = answers = 0
    times = ("payload twice" in wrong) - ("payload off" in wrong)
    for row, after in itertools.zip_longest(trace, trace[1:]):
        free, unasked, asks = (
            any(f"{word} {kind}" in wrong for kind in _kinds(row, after))
            for word in ("free", "unasked", "asks")
        )
        whole = row["payload"] if "payload" in wrong else row["bytes"] + times * row["payload"]
        size += 0 if free else whole
        usual = row["what"] in ("request", "handshake") and row["way"] == "up"
        asked += asks or (usual and not unasked)
        if row["arrived"] or "sent" in wrong:
            messages += row["messages"]
            answers += row["messages"] > 0
    count = answers if "per answer" in wrong else messages
    found = rounded([size / count, asked / count], wrong)
    if "rounded down" in wrong:
        found = found[0] // 1, (found[1] if "only bytes" in wrong else found[1] // 1)
    return found[::-1] if "requests first" in wrong else found


def _kinds(row: Row, after: Row | None) -> set[str]:
    """What a row is: "answer", "down", "answer down", "broken", "broken answer", …"""
    what, answer = row["what"], after if row["what"] == "request" else row
    fate = "open"
    if answer is not None:
        empty = answer["what"] == "answer" and not answer["messages"]
        fate = "empty" if empty else "whole" if answer["arrived"] else "broken"
    carries = "full" if row["messages"] else "bare"
    return {"row", what, row["way"], fate, f"{fate} {what}", carries, f"{carries} {what}"}


def judge_6_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, right, same=near, reads=tuple)
    for case, trace in (
        (SHORT, _polls(chance, 0, 2, 0, 1, 0)),
        (LONG, [*_polls(chance, 1, 3, 2), _request(chance)]),
        (SOCKET, _socket(chance)),
        (LOST, _lost(chance)),
    ):
        if right(trace)[0] % 1 == 0:  # a whole number would hide who rounds
            trace[0]["bytes"] += 1
        trial.play(case, partial(_counted, trace))
    return trial.verdict()


def _counted(trace: list[Row], play: Play) -> None:
    """Call `cost`.  Whoever is right is shown how the sum is made."""
    play.tell("\n".join(["cost of these rows:", *map(_line, trace)]) + "\nIt")
    got, wanted = play.call("cost", trace), right(trace)
    count = sum(row["messages"] for row in trace if row["arrived"])
    sums = ", ".join(f"{one * count:.0f} / {count}" for one in wanted)
    said = f"({sums}), which is ({wanted[0]:.3f}, {wanted[1]:.3f})"
    play.see(got, text=said if near(play.reading(got), wanted) else "")


def _line(row: Row) -> str:
    text = f"  {row['what']:9} {row['way']:4}  {row['bytes']:3} bytes"
    if row["messages"]:
        text += f", payload {row['payload']}, messages {row['messages']}"
    return text if row["arrived"] else f"{text}, not arrived"


def _row(what: str, way: str, size: int, payload: int = 0, messages: int = 0) -> Row:
    return {"what": what, "way": way, "bytes": size, "payload": payload, "messages": messages,
            "arrived": True}  # fmt: skip


def _request(chance: random.Random) -> Row:
    return _row("request", "up", chance.randint(90, 180))


def _polls(chance: random.Random, *counts: int) -> list[Row]:
    """Requests, and their answers with so many messages."""
    rows = []
    for count in counts:
        payload = sum(chance.randint(10, 90) for _ in range(count))
        rows.append(_request(chance))
        rows.append(_row("answer", "down", chance.randint(120, 190) + payload, payload, count))
    return rows


def _socket(chance: random.Random) -> list[Row]:
    """A handshake, three messages, and two pings with their pongs."""
    rows = [_row("handshake", "up", chance.randint(150, 210))]
    rows.append(_row("handshake", "down", chance.randint(120, 140)))
    for size in chance.sample(range(10, 90), 3):
        rows.append(_row("frame", "down", size + 2, size, 1))
        rows += [_row("frame", "down", 6), _row("frame", "up", 10)]
    return rows[:-2]


def _lost(chance: random.Random) -> list[Row]:
    """The link broke in the middle of an answer; its messages came with the next one."""
    *before, asked, again = _polls(chance, 3, 4)
    broken = {**again, "arrived": False, "bytes": again["bytes"] - chance.randint(20, 60)}
    return [*before, asked, broken, {**asked}, again]


EXERCISES = (Exercise(
    number="6.1", title="What a delivered message costs", section="cost", minutes=15, core=True,
    names=("cost",), cases=CASES, judge=judge_6_1,
    hints=(
        "Three numbers are needed: all bytes, all requests, and the messages that arrived. Which "
        "rows count for each of them?",
        "Bytes: every row, in both directions, empty or broken or not. Requests: each row that is "
        'a "request", and the half of a handshake that goes up. Messages: those of the rows that '
        "arrived.",
        'total = sum(row["bytes"] for row in trace). requests = how many rows have "way" == "up" '
        'and "what" in ("request", "handshake"). delivered = sum(row["messages"] for row in trace '
        'if row["arrived"]). Return both, divided by delivered.',
    ),
    wrong_ideas={
        "payload_only": WrongIdea("only the payload is counted",
            "The payload is what the people wrote, and it is the same on every transport. What "
            "transports differ in is everything around it: heads, requests, frames.",
            "payload; payload, free broken answer"),
        "one_direction": WrongIdea("only one direction is counted",
            "Messages come down, but requests go up, and somebody pays for them, too. On a "
            "telephone they may be the larger part. Count both directions.", "free up; free down"),
        "handshake_ignored": WrongIdea("the handshake costs nothing",
            "A handshake is a request with a head, and an answer. For a long conversation it "
            "hardly matters, for a short one it is most of the price. So count it, in the bytes "
            "and in the requests, and let the number of messages decide.",
            "free handshake, unasked handshake; free handshake; unasked handshake"),
        "empty_polls_ignored": WrongIdea("empty answers are not counted",
            "An empty answer brings no message, but it costs a request and two heads. They are "
            "what short polling is expensive for. All of it is the price of the messages that "
            "came.",
            "free empty, unasked empty; free empty; unasked empty; free empty answer; free empty "
            "answer, unasked empty"),
        "per_sent_not_delivered": WrongIdea("what was sent is taken for delivered",
            "An answer that broke has carried its messages nowhere; they have to be sent again. A "
            "transport that loses much would look cheap. Divide by what arrived.", "sent"),
        "both_halves_are_requests": WrongIdea("both halves of the handshake are requests",
            "The half that goes up is the request, and the half that comes down is its answer. "
            "(In the lesson's small trace that half was called an answer.) Ask for the way as "
            "well.", "asks handshake"),
        "broken_answer_is_free": WrongIdea("an answer that broke costs nothing",
            "Its bytes crossed the wire until it broke, and somebody asked for it. Both were paid "
            "for, although nothing was delivered. Leave out its messages, and nothing else.",
            "free broken answer; free broken; free broken, unasked broken; unasked broken"),
        "answers_are_counted": WrongIdea("requests are counted by their answers",
            "A request may have no answer yet, as the last one of long polling, or a broken one. "
            "It was sent and costs all the same. Count the rows that go up and are a request, or "
            "the upper half of a handshake.",
            "asks answer, unasked request; asks answer, unasked row; asks whole answer, unasked "
            "up; asks whole answer, unasked request; asks full answer, unasked request"),
        "payload_taken_off": WrongIdea("only what is around the payload is counted",
            "The size of a message belongs to its price. `bytes` is the whole size of a row, with "
            "the payload: add that up, and take nothing off.", "payload off"),
        "frames_are_requests": WrongIdea("everything that goes up is a request",
            "A pong goes up, and asks for nothing. Requests are the rows that are called so, and "
            "the half of a handshake that goes up. A frame is no request.", "asks up"),
        "open_request_is_free": WrongIdea("a request without an answer is left out",
            "The last request of long polling waits at the server for its answer. Its bytes have "
            "crossed the wire, so they count, and it is a request like the others.",
            "free open, unasked open; free open"),
        "per_answer_not_message": WrongIdea("divided by answers, not by messages",
            "One answer may carry several messages: `messages` says how many. Long polling is "
            "cheap under load for just that reason. Divide by the messages that arrived.",
            "per answer"),
    },
    slips={
        "Bytes first, then requests.": "requests first; requests first, asks handshake",
        "Do not round: the numbers are compared as they are.":
            f"{ROUNDED}; rounded down; rounded down, only bytes",
        "Only rows that carry messages were counted. Requests, handshakes and empty answers cost "
        "bytes as well.": "free bare",
        "The payload is a part of `bytes` already: it is counted twice here.": "payload twice",
        "Not every row is a request: what comes down is none.": "asks row",
    },
),)  # fmt: skip
