"""Judge of exercise 4.2: one frame off the front of a buffer.

    81 03 h i ! 81 05 H e  ─▶  (True, 1, b"hi!"), rest: 81 05 H e
    81 05 H e              ─▶  None, rest: all of it

Exercises.  Builds on: `grading.trial`, `wire.websocket.frames` (which writes the frames).
What is new here: `cut` remembers nothing, so a stream is a row of calls: the judge keeps the buffer
between them, as a server does.
Left out: the RSV bits, and which opcodes there are.
"""

from __future__ import annotations

import random
from typing import Any

from .....wire.websocket import frames
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...trial import Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (ONE := "one whole frame"): (
        "Return (frame, rest). FIN is the first bit of the first byte, which counts 128, whatever "
        "the opcode is. The opcode is its last four bits, and the length the last seven bits of "
        "the second byte."
    ),
    (LONG := "long frames"): (
        "126 in the seven bits: the next two bytes are the length. 127: the next eight bytes are "
        "it. The payload begins after them."
    ),
    (PART := "a frame of which something is missing"): (
        "Before each byte that you read, ask whether it is there. While the frame is not "
        "complete, return (None, buffer), and keep every byte."
    ),
    (SEVERAL := "several frames in the buffer"): (
        "The frame ends where its header says. What comes after it is the rest."
    ),
    (MASKED := "masked frames"): (
        "The key is the four bytes after the length, however long the length is. Then comes the "
        "payload, and its byte number i is mixed with key[i % 4]."
    ),
    (PIECES := "a stream in random pieces"): (
        "The buffer may end anywhere, and may hold several frames. Nothing may be lost."
    ),
    (LIMIT := "a length above the limit"): (
        "Only a length that is larger than the limit is refused, with ValueError, and as soon as "
        "the length has been read."
    ),
}
LARGE = 1_000_000  # a limit that is no subject


def right(buffer: bytes, limit: int, wrong: Wrong) -> tuple[Any, bytes]:
    """The answer, with a switch for each mistake."""
    nothing = None, b"" if "no part" in wrong else buffer
    if len(buffer) < 2 + ("three for a header" in wrong):
        return nothing
    second, opcodes = buffer[1], 7 if "three bits" in wrong else 255 if "all bits" in wrong else 15
    seven = second if "mask in length" in wrong else second & 127
    at = 2 if seven < 126 else 4 if seven == 126 else 6 if "127 is four" in wrong else 10
    if len(buffer) < at:
        return nothing
    long = buffer[max(2, at - 4) : at] if "last four" in wrong else buffer[2:at]
    length = int.from_bytes(long, "little" if "little" in wrong else "big") if long else seven
    always = wrong & {"always masked", "room for a key"}
    masked = (buffer[0] if "mask in byte 1" in wrong else second) > 127
    body = at + 4 * (masked or bool(always)) * ("never masked" not in wrong)
    counts = {"header in limit": at + length, "frame in limit": body + length,
              "buffer in limit": len(buffer), "rest in limit": len(buffer) - at,
              "strict": length + 1, "long only": length if long else 0}  # fmt: skip
    refused = next((counts[switch] for switch in wrong & counts.keys()), length) > limit
    if refused and "late" not in wrong:
        raise ValueError
    end = len(buffer) if "all" in wrong else length + (at if "key not counted" in wrong else body)
    whole = length + at if "key not waited" in wrong else max(end, body) + ("one more" in wrong)
    missing = len(buffer) < whole and not wrong & {"all", "cut", "exact"}
    if missing or ("exact" in wrong and len(buffer) != end):
        return nothing
    if refused:
        raise ValueError
    key, payload = buffer[at:body], buffer[body:end]
    key = buffer[2:6] if "key at byte 2" in wrong and key else key
    shift = body if "from the buffer" in wrong else 0
    if key and "still masked" not in wrong and (masked or "always masked" in wrong):
        payload = payload[:4] if "four at most" in wrong else payload
        payload = bytes(byte ^ key[(shift + i) % 4] for i, byte in enumerate(payload))
    if not payload and wrong & {"empty is lost", "empty waits"}:
        return None, buffer[end:] if "empty is lost" in wrong else buffer
    frame = buffer[0] > 127, buffer[0] & opcodes, payload
    return frame, b"" if "no rest" in wrong else buffer[end:]


IDEAS = {
    "one_read_one_frame": ["cut", "all", "exact"],
    "loses_rest": ["no rest", "no part", "no rest, no part"],
    "waits_for_oversize_body": ["late"],
    "masks_header_too": ["from the buffer"],
}
SLIPS = {
    "The key is taken from buffer[2:6] each time. After a long length it begins later: after the "
    "2 or 8 bytes of the length.": ["key at byte 2"],
    "The frame ends 4 bytes too early where it is masked: the key stands between the length and "
    "the payload, and is no part of the length.": [
        "key not counted", "key not counted, key not waited"],
    "A masked frame is complete when its key and all of its payload are there. Wait for the four "
    "bytes of the key, too.": ["key not waited"],
    "A frame is complete when its last byte is there. Do not wait for one byte more.": [
        "one more", "three for a header", "one more, three for a header"],
    "A payload of exactly `limit` bytes is allowed; only more is refused.": ["strict"],
    "The limit is that of the payload alone. The header is not counted.": [
        "header in limit", "frame in limit"],
    "Compare the limit with the length that the header says. The buffer may hold less than the "
    "payload, and it may hold other frames.": ["buffer in limit", "rest in limit"],
    "The limit may be smaller than 126. Compare it with a short length, too.": ["long only"],
    "127 means that the length is in the next eight bytes, and in all of them.": [
        "127 is four", "last four"],
    "The length is written with its largest byte first.": ["little"],
    "The opcode is the last four bits of the first byte. Control frames use the first of the "
    "four, too.": ["three bits"],
    "The opcode is the last four bits of the first byte. FIN and RSV are no part of it.": [
        "all bits"],
    "The payload of a masked frame is given back as it came. Mix it with the key.": [
        "still masked"],
    "zip ends with the shorter one, and the key has four bytes. Begin with the key again after "
    "each four bytes of the payload.": ["four at most"],
    "The MASK bit is still a part of your length. Only the last seven bits are the length.": [
        "mask in length"],
    "A frame has a key if the first bit of its second byte is set, and only then.": [
        "mask in byte 1", "always masked", "room for a key", "never masked"],
    "A frame whose payload is empty is a frame, too.": ["empty is lost", "empty waits"],
}  # fmt: skip


def judge_4_2(answer: Answer, chance: random.Random) -> Verdict:
    """Frames of all lengths, whole and in pieces, masked and not."""

    def sent(size: int = -1, masked: bool = False, opcode: int = 1, fin: bool = True) -> bytes:
        said = text.name(chance) if fin else text.phrase(chance, at_most=4)
        payload = said.encode() if size < 0 else chance.randbytes(size)
        frame = frames.Frame(frames.OPCODES[opcode], payload, fin)
        return frames.encode(frame, bytes(chance.sample(range(1, 256), 4)) if masked else None)

    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS, errors=("ValueError",))
    for size, opcode, fin in (
        *((-1, 1, True), (-1, 1, False), (5, 0, False), (5, 0, True), (7, 2, False)),
        *((0, 1, True), (125, 2, True), (chance.randint(0, 20), 8, True), (7, 9, True)),
    ):
        trial.ask(ONE, sent(size, opcode=opcode, fin=fin), LARGE)
    for size in (126, chance.randint(300, 5000), 65_535, 65_536):
        trial.ask(LONG, sent(size), LARGE)
    short, middle = sent(chance.randint(5, 9), masked=True), sent(200, masked=True)
    for data, ends in (
        (sent(chance.randint(3, 9)), range(5)),
        (short, range(3, len(short))),
        (sent(0, masked=True), range(2, 6)),
        (sent(70_000), (2, 5, 9, 10, 40_000)),
        (middle, (3, 4, 7, 8, 100, 204, 207)),
    ):
        for end in ends:
            trial.ask(PART, data[:end], LARGE)
    for tail in (b"", sent()[:4], b"\x81"):
        trial.ask(SEVERAL, sent(chance.randint(4, 20)) + sent() + tail, LARGE)
    for size in (5, 61, 126, 66_000):  # after headers of 6, 8 and 14 bytes
        trial.ask(MASKED, sent(size, masked=True), LARGE)
    for masked, sizes in ((True, [1]), (False, [1, 2, 3, 40, 90])):
        stream, buffer = b"".join(sent(size, masked) for size in (-1, 0, 5, 126)), b""
        while stream:
            size = chance.choice(sizes)
            buffer, stream, frame = buffer + stream[:size], stream[size:], True
            while frame is not None:
                trial.ask(PIECES, buffer, LARGE)
                frame, buffer = right(buffer, LARGE, Wrong())
    for limit in chance.randint(20, 100), chance.randint(200, 2000):
        for size in (limit - 1, limit):
            trial.ask(LIMIT, sent(size), limit)
        trial.ask(LIMIT, sent(limit - 1) + sent(limit - 2), limit)
        for size, masked in (
            (limit + 1, False),
            (limit + 1, True),
            (1 << 40, False),
            (1 << 62, True),
        ):
            key = chance.randbytes(4) if masked else b""
            trial.ask(LIMIT, frames.header(2, size, masked) + key, limit)
    return trial.verdict()


EXERCISES = (
    Exercise(
        number="4.2",
        title="Cut a frame",
        section="mask",
        minutes=12,
        core=True,
        names=("cut",),
        cases=CASES,
        hints=(
            "Three times you need bytes that may not be here yet: the first two, the rest of the "
            "header, the payload. What do you return each time? And where do you know enough to "
            "refuse?",
            "Count on with `at`: 2, then 2 or 8 more for a long length, then 4 more if the frame "
            "is masked. The limit is compared as soon as the length is known. The frame ends at "
            "at + length; what comes after it is the rest.",
            "If len(buffer) is less than what you need, return None, buffer. length > limit: "
            "raise ValueError. key = buffer[at - 4 : at], payload = buffer[at : at + length], "
            "unmasked with key[i % 4], where i counts from the payload's first byte. Return "
            "(first >= 128, first & 15, payload), buffer[at + length :].",
        ),
        wrong_ideas={
            "one_read_one_frame": WrongIdea(
                "one read brings one whole frame",
                "The buffer holds what has arrived so far: half a frame, or three. The length in "
                "the header says where the frame ends. Until all of it is here there is no frame, "
                "and what comes after it belongs to the next one.",
            ),
            "loses_rest": WrongIdea(
                "what is left over is thrown away",
                "The bytes after the frame are the beginning of the next one, and the bytes of a "
                "frame that is not complete will be needed. Nobody sends them again. Give them "
                "back as the rest.",
            ),
            "waits_for_oversize_body": WrongIdea(
                "the limit is looked at when the payload is here",
                "Then it is too late: all of it was kept in memory. A header of ten bytes can "
                "promise exabytes. Compare the length with the limit as soon as you have read it.",
            ),
            "masks_header_too": WrongIdea(
                "the key begins before the payload",
                "Only the payload is masked (RFC 6455 §5.3). Its first byte is mixed with the "
                "first byte of the key, wherever the payload stands in the frame. The header and "
                "the key itself are sent as they are.",
            ),
        },
        judge=judge_4_2,
    ),
)
