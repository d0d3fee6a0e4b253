"""Judge of exercise 4.1: the header of a frame, whose length grows, and a frame of text.

    header(1, 5, False) ─▶ 81 05        header(2, 300, True) ─▶ 82 fe 01 2c
    text_frame("안녕")  ─▶ 81 06 ec 95 88 eb 85 95

Exercises.  Builds on: `grading.trial`, `wire.websocket.masking`.
What is new here: a key that an answer puts into its frame is new in each, so it is not compared.
Left out: fragments and extensions; FIN is always set, RSV never.
"""

from __future__ import annotations

import random
from typing import Any

from .....wire.websocket import masking
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...trial import Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (SHORT := "a payload of 0 to 125 bytes"): (
        "There are two bytes. The first is 128 (for FIN) plus the opcode, and the second is the "
        "length."
    ),
    (MIDDLE := "126 to 65,535 bytes"): (
        "The second byte is 126. Then comes the length, in two bytes, with its big end first."
    ),
    (LONG := "65,536 bytes and more"): (
        "The second byte is 127. Then comes the length, in eight bytes, with its big end first."
    ),
    (MASKED := "the bit for masking"): (
        "The MASK bit is the first bit of the second byte, so it adds 128 there. Nothing else "
        "changes."
    ),
    (TEXT := "a frame of text"): (
        "Encode the text as UTF-8 first. The header of a text frame has the opcode 1, no MASK bit, "
        "and the number of these bytes. Then come the bytes, as they are."
    ),
}
LAST_SHORT = {"125 is long": 124, "126 is short": 126, "127 is short": 127, "255 is short": 255,
              "only short": 1 << 64, "always long": -1}  # fmt: skip
LAST_MIDDLE = {"65535 is long": 65_534, "65536 is middle": 65_536, "signed": 32_767,
               "no middle": 0, "no long": 1 << 64}  # fmt: skip
CODECS = {"ASCII": ("ascii", "strict"), "drops others": ("ascii", "ignore"),
          "question marks": ("ascii", "replace"), "UTF-16": ("utf-16", "strict")}  # fmt: skip


def right_header(opcode: int, length: int, masked: bool, wrong: Wrong) -> bytes:
    """The answer, with a switch for each mistake."""
    masked = "always" in wrong or masked != ("the other way" in wrong)
    length += 4 if masked and "with key" in wrong else 0
    short = next((last for switch, last in LAST_SHORT.items() if switch in wrong), 125)
    middle = next((last for switch, last in LAST_MIDDLE.items() if switch in wrong), 65_535)
    form = "short" if length <= short else "two" if length <= middle else "eight"
    unmarked = {"no bit", f"no bit {form}", "bit in byte 1", "bit for FIN"}
    mark = 0x80 if masked and not wrong & unmarked else 0
    first = _first(opcode, masked, wrong)
    key = b"keys" if masked and "sends key" in wrong else b""
    if form == "short":
        length += 2 if "whole frame" in wrong else 0
        second = length << 1 | masked if "bit last" in wrong else mark | length
        return bytes([first, second]) + key
    sign, width = (126, 2) if form == "two" else (127, 8)
    if form == "eight" and ("four" in wrong or ("four then eight" in wrong and length < 1 << 32)):
        width = 4
    length += 2 + width if "whole frame" in wrong else 0
    order = "little" if wrong & {"little", f"little {form}"} else "big"
    second = sign << 1 | masked if "bit last" in wrong else mark | sign
    return bytes([first, second]) + length.to_bytes(width, order) + key  # type: ignore[arg-type]


def _first(opcode: int, masked: bool, wrong: Wrong) -> int:
    """The first byte."""
    fin = not ("no FIN" in wrong or ("control no FIN" in wrong and opcode > 7)
               or ("0 no FIN" in wrong and opcode == 0))  # fmt: skip
    if "bit for FIN" in wrong:
        return 0x80 * masked | opcode
    if "FIN last" in wrong:
        return opcode << 4 | 1
    return 0x80 * fin | (0x40 if masked and "bit in byte 1" in wrong else 0) | opcode


def right_text_frame(said: str, wrong: Wrong) -> bytes:
    codec = next((how for switch, how in CODECS.items() if switch in wrong), ("utf-8", "strict"))
    payload = said.encode(*codec)
    count = len(said) if "characters" in wrong else len(payload)
    opcode = 2 if "binary" in wrong else 0 if "continuation" in wrong else 1
    if "own header" in wrong:
        return bytes([0x80 | opcode, count]) + payload
    keyed = "text keyed" in wrong
    head = right_header(opcode, count, keyed or "text masks" in wrong, wrong)
    if keyed:
        return head + b"keys" + masking.mask_at_once(payload, b"keys")
    return head + (b"" if "no payload" in wrong else payload)


IDEAS = {
    "boundary_126": ["126 is short", "127 is short", "125 is long", "65535 is long",
                     "65536 is middle", "126 is short, 65536 is middle",
                     "127 is short, 65536 is middle", "125 is long, 65535 is long",
                     "126 is short, 65535 is long", "127 is short, 65535 is long"],
    "little_endian": ["little", "little two", "little eight"],
    "four_byte_127": ["four", "four then eight"],
    "length_in_characters": ["characters"],
    "mask_bit_missing": ["no bit", "no bit two, no bit eight", "no bit short", "no bit two",
                         "no bit eight"],
    "length_counts_key": ["with key"],
}  # fmt: skip
SLIPS = {
    "The MASK bit stands in the second byte, not in the first. It is the first of that byte's "
    "eight bits, before the seven of the length: 0x80 | length.": ["bit in byte 1", "bit for FIN"],
    "Bit 0 of an RFC is the one on the left, which counts 128. So FIN in the first byte and MASK "
    "in the second are 0x80, and the opcode and the length are in the last bits.": [
        "FIN last", "bit last", "FIN last, bit last"],
    "FIN is not set. It is the first bit of the first byte: 0x80 | opcode.": ["no FIN"],
    "FIN is set here, whatever the opcode is: this frame is the last one of its message.": [
        "control no FIN", "0 no FIN", "control no FIN, 0 no FIN"],
    "The key is no part of the header that is asked for: it ends where the key begins.": [
        "sends key"],
    "The MASK bit is set only if `masked` is true.": ["always"],
    "The MASK bit is set if `masked` is true. Yours is set if it is false.": ["the other way"],
    "In one byte only seven bits are the length: the first bit is MASK.": [
        "255 is short", "only short"],
    "Two bytes reach up to 65,535. The length has no sign.": ["signed"],
    "There are two long forms. Take the shortest one: two bytes up to 65,535, eight from there "
    "on.": ["no middle", "no long"],
    "Up to 125, the second byte itself is the length. No bytes follow.": ["always long"],
    "The length is that of the payload alone. The header is not counted.": ["whole frame"],
    "A server does not mask its frames: the text frame has no MASK bit and no key.": [
        "text masks", "text keyed"],
    "The opcode of text is 1.": ["binary", "continuation"],
    "A long text needs the long forms of the length, too. Your header knows them: call it.": [
        "own header"],
    "The payload is the text in UTF-8, with all its characters: text.encode().": [
        "ASCII", "drops others", "question marks", "UTF-16"],
    "The payload is missing: a whole frame is the header and then the payload.": ["no payload"],
}  # fmt: skip


def judge_4_1(answer: Answer, chance: random.Random) -> Verdict:
    """Lengths in the middle of each form and at its borders, the MASK bit, and text."""
    right: dict[str, Any] = {"header": right_header, "text_frame": right_text_frame}
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS, reads=_without_key)
    for opcode in (1, 2, 0, 8, 9, 10):
        trial.ask(SHORT, opcode, chance.randint(3, 120), False)
    for length in (0, 125):
        trial.ask(SHORT, 1, length, False)
    two, eight = _uneven(chance, 300, 30_000), _uneven(chance, 70_000, 1 << 24)
    for length in (
        two,
        _uneven(chance, 33_000, 60_000),
        126,
        127,
        chance.randint(128, 250),
        65_535,
    ):
        trial.ask(MIDDLE, 2, length, False)
    for length in (eight, _uneven(chance, 1 << 40, 1 << 62), 65_536):
        trial.ask(LONG, 2, length, False)
    for length in (chance.randint(1, 100), two, eight):
        trial.ask(MASKED, 1, length, True)
    hangul = "".join(chance.choice(text.HANGUL) for _ in range(chance.randint(50, 80)))
    for said in ("Hello", text.phrase(chance, at_most=4), text.phrase(chance), hangul, ""):
        trial.ask(TEXT, said, name="text_frame")
    return trial.verdict()


def _without_key(value: Any) -> Any:
    """A frame that is masked, or its header with a key: the header, and the payload unmasked."""
    if type(value) is bytes and len(value) > 1 and value[1] & 0x80:
        end = {126: 4, 127: 10}.get(value[1] & 0x7F, 2)
        if len(value) >= end + 4:
            return value[:end], masking.mask_at_once(value[end + 4 :], value[end : end + 4])
    return value


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
            "after it, or 127 with 8; and 0x80 more if the frame is masked. "
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
                "There is no form with four bytes. After 127 there are eight, so the reader takes "
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
                "The first bit of the second byte says that a key follows, in the long forms, too. "
                "Without it the server takes the key for payload; and it must end the connection, "
                "since a client has to mask (§5.1).",
            ),
            "length_counts_key": WrongIdea(
                "the length counts the key",
                "The length is that of the payload alone. The reader knows from the MASK bit that "
                "four bytes of a key come first, and does not count them. With your length it "
                "takes four bytes of the next frame for payload.",
            ),
        },
        judge=judge_4_1,
    ),
)
