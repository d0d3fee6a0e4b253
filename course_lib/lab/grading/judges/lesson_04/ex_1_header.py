"""Judge of exercise 4.1: the header of a frame, whose length grows, and a frame of text.

    header(1, 5, False) ─▶ 81 05        header(2, 300, True) ─▶ 82 fe 01 2c
    text_frame("안녕")  ─▶ 81 06 ec 95 88 eb 85 95

Exercises.  Builds on: `grading`, `wire.websocket.frames` (what is right).
What is new here: an idea about a border is named only if the answer writes other lengths right.
Left out: fragments and extensions; FIN is always set, RSV never.
"""

from __future__ import annotations

import random

from .....wire.websocket import frames
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import Raised
from ...verdict import Verdict, WrongIdea

SHORT = "a payload of 0 to 125 bytes"
MIDDLE = "126 to 65,535 bytes"
LONG = "65,536 bytes and more"
MASKED = "the bit for masking"
TEXT = "a frame of text"
CASES = (SHORT, MIDDLE, LONG, MASKED, TEXT)


def judge_4_1(answer: Answer, chance: random.Random) -> Verdict:
    """Check the middle of each range, then the borders, then the mask bit, then text."""
    for case, length in (
        (SHORT, chance.randint(1, 120)),
        (MIDDLE, _uneven(chance, 300, 60_000)),
        (LONG, _uneven(chance, 70_000, 1 << 24)),
        (LONG, _uneven(chance, 1 << 40, 1 << 62)),
    ):
        _header(answer, case, chance.choice([1, 2]), length)
    for opcode in (8, 9, 10):
        _header(answer, SHORT, opcode, chance.randint(1, 120))
    _header(answer, SHORT, 1, 0)
    idea = "" if answer.marks.faulty else "boundary_126"
    borders = ((MIDDLE, 126), (MIDDLE, 127), (SHORT, 125), (MIDDLE, 65_535), (LONG, 65_536))
    for case, length in borders:
        _border(answer, case, chance.choice([1, 2]), length, idea)
    for length in (chance.randint(0, 125), 126, _uneven(chance, 300, 60_000), 65_536):
        _header(answer, MASKED, chance.choice([1, 2]), length, masked=True)
    for at_most in (4, 12, 60):
        _text(answer, text.phrase(chance, at_most=at_most))
    _text(answer, "".join(chance.choice(text.HANGUL) for _ in range(chance.randint(50, 100))))
    _text(answer, "")
    return answer.marks.verdict()


def _header(answer: Answer, case: str, opcode: int, length: int, masked: bool = False) -> bool:
    expected = frames.header(opcode, length, masked)
    head, wrong = expected[:2], {}
    if length > 125:
        width = 2 if length < 1 << 16 else 8
        wrong["little_endian"] = head + length.to_bytes(width, "little")
        if width == 8 and length < 1 << 32:
            wrong["four_byte_127"] = head + length.to_bytes(4, "big")
    if masked:
        wrong["mask_bit_missing"] = frames.header(opcode, length)
    observed = answer.call("header", opcode, length, masked)
    return answer.marks.equal(
        case,
        observed,
        expected,
        wrong=wrong,
        given=f"header({opcode}, {length}, {masked})",
        why=_why(observed, expected),
    )


def _why(observed: object, expected: bytes) -> str:
    """A sentence about a header without a named idea; empty if the fault is not certain."""
    if type(observed) is not bytes or not observed:
        return ""
    if observed[0] != expected[0]:
        return (
            "The first byte is FIN, three RSV bits that are 0, and four bits of the opcode: "
            f"{observed[0]:08b} is not {expected[0]:08b}."
        )
    if len(observed) == len(expected) + 4 and observed.startswith(expected):
        return "The key is not part of it: these bytes end where the key begins."
    if observed[1:2] and observed[1] == expected[1] | 0x80 and not expected[1] >> 7:
        return "The MASK bit is set only when `masked` is true."
    return ""


def _border(answer: Answer, case: str, opcode: int, length: int, idea: str) -> bool:
    """Check a length at a border; `idea` is named if it has the form of its neighbours."""
    expected = frames.header(opcode, length)
    observed = answer.call("header", opcode, length, False)
    first = expected[:1]
    neighbours = {
        125: [first + b"\x7e\x00\x7d"],
        126: [first + b"\x7e"],
        127: [first + b"\x7f"],
        65_535: [first + b"\x7f" + length.to_bytes(8, "big")],
    }
    over = isinstance(observed, Raised) and observed.type in ("OverflowError", "error")
    beside = observed in neighbours.get(length, ()) or (length == 65_536 and over)
    return answer.marks.equal(
        case,
        observed,
        expected,
        given=f"header({opcode}, {length}, False)",
        idea=idea if beside else "",
    )


def _text(answer: Answer, said: str) -> bool:
    payload = said.encode()
    frame = frames.encode(frames.Frame(frames.Opcode.TEXT, payload))
    units = len(said.encode("utf-16-le")) // 2
    seen = [frames.header(1, count) + payload for count in (len(said), units)]
    observed = answer.call("text_frame", said)
    return answer.marks.equal(
        TEXT,
        observed,
        frame,
        given=f"text_frame({said!r})",
        idea="length_in_characters" if observed in seen else "",
        why=_why_text(observed, payload),
    )


def _why_text(observed: object, payload: bytes) -> str:
    """A sentence about a text frame without a named idea; empty if the fault is not certain."""
    if type(observed) is not bytes:
        return ""
    if payload and not observed.endswith(payload):
        return "The frame ends with the text in UTF-8: text.encode()."
    if len(payload) > 125 and len(observed) == len(payload) + 2:
        return "A long text needs the long forms of the length, too. Your header knows them."
    return ""


def _uneven(chance: random.Random, least: int, most: int) -> int:
    """A length whose bytes read backwards are another number, in the same number of bytes."""
    while True:
        length = chance.randint(least, most)
        data = length.to_bytes(8, "big").lstrip(b"\0")
        if data != data[::-1]:
            return length


EXERCISES = (
    Exercise(
        number="4.1",
        title="The header",
        section="length",
        minutes=8,
        core=True,
        names=("header", "text_frame"),
        cases=CASES,
        hints=(
            "There are three forms, and two borders between them. Which form has 125, which has "
            "126, which has 65,535? And what exactly does the length of a text frame count?",
            "The first byte is 0x80 | opcode. The second is the length, or 126 with 2 bytes "
            "behind it, or 127 with 8; and 0x80 more if the frame is masked. "
            'length.to_bytes(2, "big") makes the two bytes.',
            "mark = 0x80 if masked else 0. If length < 126: bytes([first, mark | length]). If "
            "length < 65536: bytes([first, mark | 126]) + the 2 bytes. Otherwise mark | 127 and 8 "
            "bytes. For text_frame: payload = text.encode(), then header(1, len(payload), False) "
            "+ payload.",
        ),
        wrong_ideas={
            "boundary_126": WrongIdea(
                "a border is one off",
                "0 to 125 are lengths. 126 and 127 are not: they say that the length stands in "
                "the next 2 or 8 bytes. Two bytes reach up to 65,535. RFC 6455 §5.2 wants the "
                "shortest form, and only that.",
            ),
            "little_endian": WrongIdea(
                "the little end stands first",
                "§5.2: the length is in network byte order, the big end first. Read the other way "
                "round, 01 2c is 11,265 and not 300, and the reader waits for bytes that never "
                "come.",
            ),
            "four_byte_127": WrongIdea(
                "127 announces four bytes",
                "There is no form with four bytes. Behind 127 there are eight, so the reader takes "
                "four bytes of your payload for a part of the length.",
            ),
            "length_in_characters": WrongIdea(
                "the length counts characters",
                "The length counts bytes. A Hangul syllable has three in UTF-8, so the frame ends "
                "in the middle of the text, and the reader takes the rest for the next header. "
                "Encode first, then count.",
            ),
            "mask_bit_missing": WrongIdea(
                "a masked frame does not say so",
                "The first bit of the second byte says that a key follows. Without it the server "
                "takes the key for payload; and it must end the connection, since a client has to "
                "mask (§5.1).",
            ),
        },
        judge=judge_4_1,
    ),
)
