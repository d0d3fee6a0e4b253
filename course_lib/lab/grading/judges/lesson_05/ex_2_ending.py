"""Judge of exercise 5.2: how a conversation ends, on the judge's clock.

    ("close", 1000) ─▶ [("send", 8, 03 E8)]   … 10 s, ("time",) ─▶ [("closed", 1006), ("hang up",)]

Exercises.  Builds on: `grading`, `talk`.
What is new here: the answer gets the time as an argument and returns its actions, so the judge need
not wait; the order of actions counts only if it changes what is sent.
Left out: a client, which waits for the server to end TCP.
"""

from __future__ import annotations

import random

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.remote import RemoteObject
from ...verdict import Verdict, WrongIdea
from .talk import CLOSE, PING, PONG, TEXT, Talk

OPEN = "an open conversation"
WE = "we close first"
PEER = "the peer closes first"
SILENCE = "nobody answers"
CODES = "codes that never travel"
CASES = (OPEN, WE, PEER, SILENCE, CODES)


def judge_5_2(answer: Answer, chance: random.Random) -> Verdict:
    for part in (_open, _we, _peer, _silence, _codes):
        for _ in range(2):
            part(answer, chance)
    return answer.marks.verdict()


def _talk(answer: Answer, chance: random.Random, case: str, timeout: float) -> Talk | None:
    made = answer.make("Ending", timeout)
    if not isinstance(made, RemoteObject):
        answer.marks.equal(case, made, "an Ending", given=f"Ending({timeout})")
        return None
    return Talk(answer, made, case, chance.uniform(10.0, 1000.0), [])


def _open(answer: Answer, chance: random.Random) -> None:
    """Messages in both directions, a ping, a pong; the conversation must stay open."""
    talk = _talk(answer, chance, OPEN, 10.0)
    if talk is None:
        return
    here, there = text.phrase(chance), text.phrase(chance)
    asked = chance.randbytes(chance.randint(1, 20))
    talk.event(("say", here), ("send", TEXT, here.encode()))
    talk.event(("frame", TEXT, there.encode()), ("message", there))
    talk.event(("frame", PING, asked), ("send", PONG, asked))
    talk.event(("frame", PONG, asked))
    talk.now += 1000.0
    talk.event(("time",))
    talk.event(("lost",), ("closed", 1006))


def _we(answer: Answer, chance: random.Random) -> None:
    """We send Close; messages from both sides come after it; then the peer sends Close."""
    talk = _talk(answer, chance, WE, 10.0)
    if talk is None:
        return
    code = chance.choice([1000, 1001, chance.randint(4000, 4999)])
    late = text.phrase(chance)
    talk.event(("close", code), ("send", CLOSE, _octets(code)))
    talk.now += chance.uniform(0.0, 3.0)
    talk.event(("say", text.phrase(chance)))
    talk.event(("frame", TEXT, late.encode()), ("message", late))
    talk.event(("close", code))
    talk.event(("frame", CLOSE, _octets(code)), ("closed", code), ("hang up",))
    talk.event(("say", text.phrase(chance)))
    talk.event(("lost",))


def _peer(answer: Answer, chance: random.Random) -> None:
    """The peer sends Close, with and without a reason."""
    for reason in ("", text.phrase(chance, at_most=4)):
        talk = _talk(answer, chance, PEER, 10.0)
        if talk is None:
            return
        code = chance.choice([1000, 1001, chance.randint(3000, 4999)])
        frame = ("frame", CLOSE, _octets(code) + reason.encode())
        talk.event(frame, ("send", CLOSE, _octets(code)), ("closed", code), ("hang up",))
        talk.event(("say", text.phrase(chance)))
        talk.event(("frame", TEXT, text.phrase(chance).encode()))
        talk.now += 100.0
        talk.event(("time",))
        talk.event(("lost",))


def _silence(answer: Answer, chance: random.Random) -> None:
    """We send Close, and the peer sends none back; or TCP ends instead."""
    timeout = chance.choice([2.0, 5.0, 8.0, 30.0])
    talk = _talk(answer, chance, SILENCE, timeout)
    if talk is None:
        return
    talk.now += 77.0
    talk.event(("close", 1000), ("send", CLOSE, _octets(1000)))
    began = talk.now
    talk.now = began + timeout * 0.6
    late = text.phrase(chance)  # the peer sends messages, and no Close
    talk.event(("frame", TEXT, late.encode()), ("message", late))
    talk.now = began + timeout * 0.9
    talk.event(("time",))
    talk.now = began + timeout + 0.01
    talk.event(("time",), ("closed", 1006), ("hang up",))
    talk.now += 1.0
    talk.event(("time",))
    other = _talk(answer, chance, SILENCE, timeout)
    if other is not None:
        other.event(("close", 1000), ("send", CLOSE, _octets(1000)))
        other.event(("lost",), ("closed", 1006))
        other.now += 2 * timeout
        other.event(("time",))


def _codes(answer: Answer, chance: random.Random) -> None:
    """No code in our Close, none in the peer's, and codes that no Close frame may have."""
    talk = _talk(answer, chance, CODES, 10.0)
    if talk is None:
        return
    talk.refused(("close", chance.choice([1005, 1006, 1015])))
    talk.event(("close", None), ("send", CLOSE, b""))
    talk.event(("frame", CLOSE, b""), ("closed", 1005), ("hang up",))
    other = _talk(answer, chance, CODES, 10.0)
    if other is not None:
        other.event(("frame", CLOSE, b""), ("send", CLOSE, b""), ("closed", 1005), ("hang up",))


def _octets(code: int) -> bytes:
    return code.to_bytes(2, "big")


EXERCISES = (
    Exercise(
        number="5.2",
        title="Say goodbye",
        section="goodbye",
        minutes=14,
        core=True,
        names=("Ending",),
        cases=CASES,
        hints=(
            "Three states are enough: open, closing (our Close is out), over. For each event ask "
            "in which state it is, and write down what is sent and which state comes next.",
            "A Close from the peer: in open, send it back as it came; in open and closing, report "
            "the code, hang up, and go to over. The code is the first two bytes; without any it "
            "is 1005, which is reported and never sent.",
            "close: if open, remember now, go to closing, send (8, code in two bytes, or nothing "
            "for None). time: if closing and now >= then + timeout, go to over, closed 1006 and "
            "hang up. lost: if not over, closed 1006. say: only if open. In over, always [].",
        ),
        wrong_ideas={
            "close_is_disconnect": WrongIdea(
                "to close is to cut the connection",
                "What is still on the way in either direction is lost then, and the peer learns "
                "neither why nor whether you have everything. Send Close, wait for the peer's, "
                "and only then end TCP (RFC 6455 §7.1.1).",
            ),
            "no_echo": WrongIdea(
                "the peer's Close is not answered",
                "The peer waits for your Close: until it comes, or until its patience is over, and "
                "then it counts the end as abnormal, 1006. Send the Close back, then end TCP "
                "(RFC 6455 §5.5.1).",
            ),
            "data_after_close": WrongIdea(
                "words are sent behind our own Close",
                "Close says: nothing more will come from me. A peer may stop reading there, so "
                "what is sent behind it is lost in silence (RFC 6455 §5.5.1).",
            ),
            "sends_1005_or_1006": WrongIdea(
                "a code travels that is none",
                "1005, 1006 and 1015 are what your own side is told when there was no code, no "
                "Close, or no TLS. On the wire they are a protocol error: the peer fails the "
                "connection with 1002 (RFC 6455 §7.4.1).",
            ),
            "echo_ping_pong": WrongIdea(
                "a pong is answered",
                "A ping is a question, and a pong is its answer. Who answers answers, or asks "
                "again for each, begins a game that never ends, at the speed of the network.",
            ),
        },
        judge=judge_5_2,
    ),
)
