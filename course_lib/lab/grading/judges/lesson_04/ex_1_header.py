"""Judge of exercise 4.1: the header of a frame, whose length grows, and a frame of text.

    header(1, 5, False) ─▶ 81 05        header(2, 300, True) ─▶ 82 fe 01 2c

Exercises.  Builds on: `grading.trial`.
What is new here: two functions, and one may call the other; a header that is wrong in the same way
in both has one mistake.
Left out: fragments and extensions; FIN is always set, RSV never.
"""

from __future__ import annotations

import random
from typing import Any

from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (SHORT := "a payload of 0 to 125 bytes"):
        "There are two bytes. The first is 128 (for FIN) plus the opcode, whichever that is. The "
        "second is the length, and its MASK bit is not set here.",
    (MIDDLE := "126 to 65,535 bytes"):
        "The second byte is 126: only seven of its bits are the length. Then comes the length, in "
        "two bytes, with its big end first and without a sign. The shortest form is the right one.",
    (LONG := "65,536 bytes and more"):
        "The second byte is 127. Then comes the length, in eight bytes, with its big end first.",
    (MASKED := "the bit for masking"):
        "The MASK bit is the first bit of the second byte, so it adds 128 there, whatever form "
        "the length has. Nothing else changes: the key is no part of the header.",
    (TEXT := "a frame of text"):
        "Encode the text first: text.encode(). The header of a text frame has the opcode 1, no "
        "MASK bit, and the number of these bytes. Then come the bytes, as they are.",
}  # fmt: skip


def right_header(opcode: int, length: int, masked: bool, wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    length += 4 if masked and "with key" in wrong else 0
    short = next((int(one[:3]) for one in wrong if one.endswith("is short")), 125)
    middle = next((int(one[:5]) for one in wrong if one.endswith("is middle")), 65_535)
    sign, width = (length, 0) if length <= short else (126, 2) if length <= middle else (127, 8)
    if width == 8 and ("four" in wrong or ("four then eight" in wrong and length < 1 << 32)):
        width = 4
    length += 2 + width if "whole frame" in wrong else 0
    seven = sign if width else length
    order: Any = "little" if wrong & {"little", f"little {width}"} else "big"
    bit = masked and not wrong & {"no bit", f"no bit {width}"}
    first = opcode << 4 | 1 if "FIN last" in wrong else 0x80 | opcode
    second = seven << 1 | masked if "bit last" in wrong else 0x80 * bit | seven
    return bytes([first, second]) + (length.to_bytes(width, order) if width else b"")


def right_text_frame(said: str, wrong: Wrong) -> bytes:
    payload = said.encode()
    count = len(said) if "characters" in wrong else len(payload)
    head = bytes([0x81, count]) if "own header" in wrong else right_header(1, count, False, wrong)
    return head + payload


def judge_4_1(answer: Answer, chance: random.Random) -> Verdict:
    """Lengths in the middle of each form and at its borders, the MASK bit, and text."""
    trial = Trial(answer, chance, {"header": right_header, "text_frame": right_text_frame})
    for opcode in (1, 2, 0, 8, 9, 10):
        trial.ask(SHORT, opcode, chance.randint(3, 120), False)
    two, eight = _uneven(chance, 300, 30_000), _uneven(chance, 70_000, 1 << 24)
    middle, small = _uneven(chance, 33_000, 60_000), chance.randint(128, 250)
    for case, lengths in (
        (SHORT, [0, 125]),
        (MIDDLE, [two, middle, 126, 127, small, 65_535]),
        (LONG, [eight, _uneven(chance, 1 << 40, 1 << 62), 65_536]),
        (MASKED, [chance.randint(1, 100), two, eight]),
    ):
        for length in lengths:
            trial.ask(case, 2, length, case == MASKED)
    hangul = "".join(chance.choice(text.HANGUL) for _ in range(chance.randint(50, 80)))
    for said in ("Hello", text.phrase(chance, at_most=4), text.phrase(chance), hangul, ""):
        trial.ask(TEXT, said, name="text_frame")
    return trial.verdict()


def _uneven(chance: random.Random, least: int, most: int) -> int:
    """A length whose bytes read backwards are another number, in the same number of bytes."""
    while True:
        length = chance.randint(least, most)
        data = length.to_bytes(8, "big").lstrip(b"\0")
        if data != data[::-1]:
            return length


EXERCISES = (Exercise(
    number="4.1", title="The header", section="length", minutes=10, core=True,
    names=("header", "text_frame"), cases=CASES, judge=judge_4_1,
    hints=(
        "There are three forms, and two borders between them. Which form has 125, which has 126, "
        "which has 65,535? And what exactly does the length of a text frame count?",
        "The first byte is 0x80 | opcode. The second is the length, or 126 with 2 bytes after it, "
        'or 127 with 8; and 0x80 more if the frame is masked. length.to_bytes(2, "big") makes the '
        "two bytes.",
        "mark = 0x80 if masked else 0. If length < 126: bytes([first, mark | length]). If length "
        "< 65536: bytes([first, mark | 126]) + the 2 bytes. Otherwise mark | 127 and 8 bytes. For "
        "text_frame: payload = text.encode(), then header(1, len(payload), False) + payload.",
    ),
    wrong_ideas={
        "boundary_126": WrongIdea("a border is one off",
            "0 to 125 are lengths. 126 and 127 are not: they say that the length stands in the "
            "next 2 or 8 bytes. Two bytes reach up to 65,535. RFC 6455 §5.2 wants the shortest "
            "form, and only that.",
            "126 is short; 127 is short; 124 is short; 65534 is middle; 65536 is middle; 126 is "
            "short, 65536 is middle; 127 is short, 65536 is middle; 124 is short, 65534 is "
            "middle; 126 is short, 65534 is middle"),
        "little_endian": WrongIdea("the little end stands first",
            "§5.2: the length is in network byte order, the big end first. Read the other way "
            "round, 01 2c is 11,265 and not 300, and the reader waits for bytes that never come.",
            "little; little 2; little 8"),
        "four_byte_127": WrongIdea("127 announces four bytes",
            "There is no form with four bytes. After 127 there are eight, so the reader takes "
            "four bytes of your payload for a part of the length.", "four; four then eight"),
        "length_in_characters": WrongIdea("the length counts characters",
            "The length counts bytes. A Hangul syllable has three in UTF-8, so the frame ends in "
            "the middle of the text, and the reader takes the rest for the next header. Encode "
            "first, then count.", "characters"),
        "mask_bit_missing": WrongIdea("a masked frame does not say so",
            "The first bit of the second byte says that a key follows, in the long forms, too. "
            "Without it the server takes the key for payload; and it must end the connection, "
            "since a client has to mask (§5.1).", "no bit; no bit 2, no bit 8; no bit 2; no bit 8"),
        "length_counts_key": WrongIdea("the length counts the key",
            "The length is that of the payload alone. The reader knows from the MASK bit that "
            "four bytes of a key come first, and does not count them. With your length it takes "
            "four bytes of the next frame for payload.", "with key"),
    },
    slips={
        "Bit 0 of an RFC is the one on the left and counts 128. So FIN and MASK are 0x80, and the "
        "opcode and the length are in the last bits.": "FIN last; bit last; FIN last, bit last",
        "The length is that of the payload alone. The header is not counted.": "whole frame",
        "A long text needs the long forms of the length, too. Call your header.": "own header",
    },
),)  # fmt: skip
