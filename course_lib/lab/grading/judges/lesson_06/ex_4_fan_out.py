"""Judge of exercise 6.4: one message for all readers, one of which reads very slowly.

    fan_out([mina, joon, slow], message)      mina, joon   have it in that moment
                                              slow         has 100,000 bytes waiting at most, and
                                                           each message in order, or a 1013

Exercises.  Builds on: `grading` (its stage), `readers`.
What is new here: the judge counts all bytes that a reader has not read, be they in a buffer, in a
queue, or in a task of the answer.
Left out: who is in the list; the judge removes a connection that has ended, as a server does.
"""

from __future__ import annotations

import random

from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...verdict import Verdict, WrongIdea
from .readers import GIVEN, Reader, Story

EVERYBODY = "everybody reads"
OTHERS = "one reads slowly: the others"
BOUND = "one reads slowly: what waits for it"
LOSS = "one reads slowly: nothing is lost in silence"
BEHIND = "a reader who is behind for a moment"
CASES = (EVERYBODY, OTHERS, BOUND, LOSS, BEHIND)

LIMIT = 100_000  # bytes that may wait for a reader, as the exercise says
ROOM = 1.2  # times the limit: more than that is too much
PACE = 0.1  # seconds between two messages


def judge_6_4(answer: Answer, chance: random.Random) -> Verdict:
    answer.parts.append(("the connections", GIVEN))
    answer.restart()
    stage = answer.stage()
    for start, part in ((0.0, _everybody), (1000.0, _slow), (2000.0, _behind)):
        part(Story(answer, stage, chance, start, 4))
    return answer.marks.verdict()


def _everybody(story: Story) -> None:
    for _ in range(5):
        story.say()
        story.run(PACE)
    if not story.raised(EVERYBODY):
        for reader in story.readers:
            _complete(story, EVERYBODY, reader, "a reader who reads at once")


def _slow(story: Story) -> None:
    """Half a minute of messages; one reader takes one of them every two seconds."""
    slow = story.readers[story.chance.randrange(3)]
    slow.quick, late, held_up, behind = False, "", False, 0
    for number in range(300):
        story.say()
        if slow.code is None:  # unread bytes, wherever the answer keeps them
            behind = sum(len(said.encode()) for said in story.sent) - story.read_bytes
        missed = any(other.quick and len(other.got) <= number for other in story.readers)
        if missed and not late:
            held_up = slow.code is None and story.waiting > 0
            late = f"message {number + 1} was not with a quick reader in that moment; the slow "
            late += f"one had {slow.waits():,} bytes waiting"
        story.run(PACE)
        if number % 20 == 19 and slow.code is None:
            story.read(slow, 1)
        if story.raised(OTHERS, BOUND, LOSS):
            return
    story.answer.marks.true(
        OTHERS,
        not late and all(reader.code is None for reader in story.readers if reader.quick),
        observed=late or "a quick reader's connection was ended",
        expected="each message is with them at once, whatever the slow one does",
        idea="serial_await" if held_up and not story.known else "",
    )
    _read_all(story, slow)
    _bound(story, slow, behind)
    _complete(story, LOSS, slow, "the slow reader")


def _read_all(story: Story, slow: Reader) -> None:
    """The slow reader reads everything, unless its connection was ended; waiting sends go on."""
    for _ in range(400):
        if slow.code is not None or not slow.unread:
            break
        story.read(slow, 100)
    story.run(60.0)


def _bound(story: Story, slow: Reader, behind: int) -> None:
    """Did the answer keep about LIMIT bytes at most?  `behind`: bytes not read at the end."""
    dropped = slow.code is None and len(slow.got) < len(story.sent)
    kept = slow.most if dropped else max(behind, slow.most)
    story.answer.marks.true(
        BOUND,
        kept <= ROOM * LIMIT and slow.got,
        observed=f"{len(slow.got)} messages were sent to the slow reader, and {kept:,} bytes were "
        "waiting for it" + (", and its connection was never ended" if slow.code is None else ""),
        expected=f"about {LIMIT:,} at most",
        idea="unbounded_buffer" if kept > 2 * LIMIT and not story.known else "",
    )


def _behind(story: Story) -> None:
    """One reader reads nothing for three seconds, twice; then it must have every message."""
    reader = story.readers[story.chance.randrange(4)]
    reader.quick = False
    for number in range(80):
        story.say()
        story.run(PACE)
        if number % 40 == 30:
            story.read(reader, len(reader.unread))
    story.read(reader, len(reader.unread))
    if story.raised(BEHIND):
        return
    if reader.code is not None:
        story.answer.marks.fail(
            BEHIND,
            observed=f"the connection was ended with {reader.code}, when {reader.most:,} bytes "
            "were waiting",
            expected=f"it goes on: fewer than {LIMIT:,} bytes are waiting",
        )
        return
    _complete(story, BEHIND, reader, "a reader who was behind for three seconds")


def _complete(story: Story, case: str, reader: Reader, who: str) -> None:
    """Has the reader all messages in order, or the first ones, if its connection was ended?"""
    wanted = story.sent if reader.code is None else story.sent[: len(reader.got)]
    if reader.got == wanted and (reader.code is None or case == LOSS):
        story.answer.marks.true(case, True)
        return
    missing = [number for number, said in enumerate(story.sent, 1) if said not in reader.got]
    in_order = reader.got == [said for said in story.sent if said in reader.got]
    strange = next((said for said in reader.got if type(said) is not str), None)
    silent = (
        not story.known
        and case != EVERYBODY
        and missing
        and in_order
        and reader.code is None
        and reader.got
    )
    story.answer.marks.fail(
        case,
        observed=f"{who} got {len(reader.got)} of {len(story.sent)} messages"
        + (f"; missing are {shown(missing[:8])}" if missing else ", not in order")
        + ("" if reader.code is None else f"; its connection was ended with {reader.code}")
        + ("" if strange is None else f"; one of those it got is {shown(strange)[:60]}"),
        expected="all of them, in order"
        if case != LOSS
        else "all of them, in order, or the first ones and then the end of the connection",
        idea="drops_silently" if silent else "",
    )


EXERCISES = (
    Exercise(
        number="6.4",
        title="One slow reader",
        section="slow-reader",
        minutes=12,
        names=("fan_out",),
        cases=CASES,
        hints=(
            "Which of the two ways to send can make you wait for somebody else's reader? And what "
            "grows when you do not wait?",
            "send_nowait never waits, so nobody is held up. Before you call it, look at unsent: "
            "how much is already waiting for this reader? When it is too much there is only one "
            "honest way out.",
            "for connection in connections: if connection.unsent > 99_000: connection.fail(1013, "
            '"too slow"); otherwise connection.send_nowait(message).',
        ),
        wrong_ideas={
            "serial_await": WrongIdea(
                "one after the other, and each is waited for",
                "await connection.send(...) returns when the reader has made room. So the reader "
                "behind the slowest link decides when all the others hear something. Nobody may "
                "wait for another one's network.",
            ),
            "unbounded_buffer": WrongIdea(
                "what is not read is kept, for ever",
                "A task for each message, or send_nowait without a look, holds nobody up; but "
                "whatever the slow reader does not take is kept in your memory. A hundred phones "
                "in a tunnel end the server. There has to be a bound, and something that happens "
                "at it.",
            ),
            "drops_silently": WrongIdea(
                "a slow reader is left out and not told",
                "Its connection stays open and looks healthy, and it never learns that something "
                "is missing. End the connection: then it knows, comes back, and asks from its "
                "cursor.",
            ),
        },
        judge=judge_6_4,
    ),
)
