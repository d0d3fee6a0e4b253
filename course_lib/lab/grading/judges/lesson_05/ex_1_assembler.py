"""Judge of exercise 5.1: messages out of frames, with pings between the fragments.

    1 "Hel" …   9 ping   0 "lo" .      ─▶   []   [("pong", …)]   [("message", "Hello")]

Exercises.  Builds on: `grading`, `signs`.
What is new here: the judge gives frames one after another, and compares the result of each, so a
late pong is wrong.
Left out: limits; Close frames, which are exercise 5.2.
"""

from __future__ import annotations

import random
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.remote import RemoteObject
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea
from .signs import (
    BINARY,
    CHARACTER,
    CONT,
    FRAGMENTS,
    PING,
    PINGS,
    PONG,
    RULES,
    TEXT,
    WHOLE,
    Frame,
    Story,
    idea_of,
)


def judge_5_1(answer: Answer, chance: random.Random) -> Verdict:
    failed: dict[str, None] = {}
    for _ in range(2):
        for story in (
            _whole(chance),
            _fragments(chance),
            _characters(chance),
            _pings(chance),
            *_rules(chance),
        ):
            if not _tell(answer, story, pieces=FRAGMENTS not in failed):
                failed[story.case] = None
    _two_at_once(answer, chance)
    return answer.marks.verdict()


def _whole(chance: random.Random) -> Story:
    story = Story(WHOLE)
    for said in (text.phrase(chance), chance.randbytes(20), "", text.phrase(chance)):
        story.message(said, [_octets(said)], [])
    ping = chance.randbytes(chance.randint(1, 125))
    story.add(PING, True, ping, [("pong", ping)])
    story.add(PONG, True, chance.randbytes(4), [])
    return story


def _fragments(chance: random.Random) -> Story:
    story = Story(FRAGMENTS)
    for _ in range(3):
        said = text.phrase(chance)
        story.message(said, [letter.encode() for letter in said], [])
    story.message(said := text.phrase(chance), [b"", said.encode(), b""], [])
    data = chance.randbytes(30)
    story.message(data, [data[:11], data[11:12], data[12:]], [])
    return story


def _characters(chance: random.Random) -> Story:
    story = Story(CHARACTER)
    for _ in range(3):
        said = text.phrase(chance)
        story.message(said, _torn(chance, said), [])
    story.message(said := "안" + text.phrase(chance), _torn(chance, said, every=True), [])
    return story


def _pings(chance: random.Random) -> Story:
    story = Story(PINGS)
    for _ in range(2):
        said = text.phrase(chance)
        pings = [chance.randbytes(chance.randint(1, 125)), text.name(chance).encode()]
        story.message(said, [letter.encode() for letter in said], pings)
    data = chance.randbytes(24)
    story.message(data, [data[:8], data[8:]], [b"binary"])
    return story


def _rules(chance: random.Random) -> list[Story]:
    """Stories, each of which ends with a frame that must fail."""
    alone, late, within, hollow, bad = (Story(RULES) for _ in range(5))
    wrong = [("fail", 1002)]
    alone.add(CONT, True, text.phrase(chance).encode(), wrong)
    late.message(said := text.name(chance), [said[:1].encode(), said[1:].encode()], [])
    late.add(CONT, True, text.phrase(chance).encode(), wrong)
    within.add(TEXT, False, text.name(chance).encode(), [])
    within.add(chance.choice([TEXT, BINARY]), True, text.name(chance).encode(), wrong)
    hollow.add(TEXT, False, b"", [])  # a message has begun, though it has no bytes yet
    hollow.add(TEXT, True, text.name(chance).encode(), wrong)
    bad.add(TEXT, True, text.name(chance).encode() + b"\xec\x95", [("fail", 1007)])
    return [alone, late, within, hollow, bad]


def _two_at_once(answer: Answer, chance: random.Random) -> None:
    """Two connections, each with an Assembler of its own."""
    mine, other = text.name(chance).encode(), text.name(chance).encode()
    first, second = answer.make("Assembler"), answer.make("Assembler")
    if isinstance(first, Raised) or isinstance(second, Raised):
        return  # the stories have marked that already
    first.call("add", TEXT, False, mine)
    got = [second.call("add", TEXT, True, other), first.call("add", CONT, True, mine)]
    answer.marks.equal(
        FRAGMENTS,
        got,
        [[("message", other.decode())], [("message", (mine + mine).decode())]],
        given="two Assemblers, a message to the second between two fragments to the first;",
    )


def _octets(said: str | bytes) -> bytes:
    return said.encode() if isinstance(said, str) else said


def _torn(chance: random.Random, said: str, *, every: bool = False) -> list[bytes]:
    """Pieces, at least one of which ends inside a character; `every`: each byte is a piece."""
    data = said.encode()
    inside = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
    chosen = {chance.choice(inside), chance.randrange(1, len(data))}
    places = list(range(1, len(data))) if every else sorted(chosen)
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def _tell(answer: Answer, story: Story, *, pieces: bool) -> bool:
    """Give a new Assembler one frame after another, until a result is wrong.

    `pieces`: the answer can join fragments, if none ends inside a character.
    """
    made = answer.make("Assembler")
    if isinstance(made, Raised):
        return answer.marks.equal(story.case, made, "an Assembler", given="Assembler()")
    for number, (frame, wanted) in enumerate(story.steps):
        got = made.call("add", *frame)
        if same(got, wanted):
            continue
        told = "\n".join(_call(frame) for frame, _ in story.steps[max(0, number - 4) : number + 1])
        return answer.marks.fail(
            story.case,
            observed=f"{told}\nthe last one gave {shown(got)}",
            expected=shown(wanted),
            idea=idea_of(story, number, got, _later(made, story, number), pieces=pieces),
            why=_why(got, wanted),
            raised=got if isinstance(got, Raised) else None,
        )
    return answer.marks.true(story.case, True)


def _later(made: RemoteObject, story: Story, number: int) -> list[Any]:
    """After a ping: the results of the rest of the message.  Empty for any other frame."""
    if story.steps[number][0][0] != PING:
        return []
    found: list[Any] = []
    for frame, _ in story.steps[number + 1 :]:
        got = made.call("add", *frame)
        found += got if isinstance(got, list) else []
        if frame[0] < PING and frame[1]:
            break
    return found


def _why(got: Any, wanted: list[tuple[str, Any]]) -> str:
    if isinstance(got, Raised):
        failing = wanted[:1] and wanted[0][0] == "fail"
        return "What fails is returned, as any other action; nothing is raised." if failing else ""
    return "" if isinstance(got, list) else "add returns a list of tuples, also for one or none."


def _call(frame: Frame) -> str:
    return f"add({frame[0]}, {frame[1]}, {shown(frame[2])})"


EXERCISES = (
    Exercise(
        number="5.1",
        title="Fragments, with pings between",
        section="fragments",
        minutes=12,
        core=True,
        names=("Assembler",),
        cases=(WHOLE, FRAGMENTS, CHARACTER, PINGS, RULES),
        hints=(
            "Two things must be remembered between two calls: of which kind the message under way "
            "is (or that there is none), and its bytes. A ping looks at neither.",
            "Look at opcode 9 and 10 first, and return. For the others: is the opcode 0 while "
            "nothing is under way, or not 0 while something is? Then fail with 1002. Else append "
            "the bytes; when fin is true, make the message, and forget.",
            "kind, data = self.kind, self.data + payload. If not fin, keep both and return []. "
            "If fin, self.kind, self.data = None, b''; a binary message is data, a text is "
            "data.decode(), in a try: UnicodeDecodeError means [('fail', 1007)].",
        ),
        wrong_ideas={
            "decode_each_fragment": WrongIdea(
                "each fragment is decoded by itself",
                "A frame may end in the middle of a character: 안 has three bytes, and one frame "
                "may bring two of them. Collect bytes, and decode the whole message; or use an "
                "incremental decoder, which keeps the half character.",
            ),
            "control_ends_message": WrongIdea(
                "a ping ends the message around it",
                "Control frames may stand between the fragments of a message and are no part of "
                "it (RFC 6455 §5.4). Answer the ping and leave what has been collected as it is; "
                "the next continuation goes on.",
            ),
            "continuation_first_ok": WrongIdea(
                "a continuation is taken where nothing was begun",
                "Opcode 0 continues a message. When none is under way, nobody can say whether it "
                "is text or binary, and something was lost: fail with 1002 (RFC 6455 §5.4).",
            ),
            "pong_without_payload": WrongIdea(
                "the pong is empty",
                "A pong carries the same payload as its ping (RFC 6455 §5.5.3). By it the other "
                "side knows which of its pings was answered, and how long that took.",
            ),
            "pong_after_message": WrongIdea(
                "the pong waits for the end of the message",
                "The rest of the message may take minutes, or never come. Control frames may stand "
                "between fragments for this reason: answer at once, in the call in which the ping "
                "comes.",
            ),
        },
        judge=judge_5_1,
    ),
)
