"""Judge of exercise 4.2: one frame off the front of a buffer.

    81 03 h i ! 81 05 H e  ─▶  (True, 1, b"hi!"), rest: 81 05 H e

Exercises.  Builds on: `grading.trial`, `wire.websocket.frames` (which writes the frames).
What is new here: `cut` remembers nothing, so a stream is a row of calls: the judge keeps the buffer
between them, as a server does.
Left out: the RSV bits, and which opcodes there are.
"""

from __future__ import annotations

import random
from typing import Any

from .....wire.websocket import frames
from ...trial import Answer, Exercise, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ONE := "one whole frame"):
        "Return (frame, rest). In the first byte FIN is the first bit, which counts 128, and the "
        "opcode the last four. The length is the last seven bits of the second byte. A frame "
        "whose payload is empty is a frame, too.",
    (LONG := "long frames"):
        "126 in the seven bits: the next two bytes are the length. 127: the next eight bytes are "
        "it, all of them. The largest byte comes first. The payload begins after them.",
    (PART := "a frame of which something is missing"):
        "Before each byte that you read, ask whether it is there; before those of the key, too. "
        "While the frame is not complete, return (None, buffer), and keep every byte.",
    (SEVERAL := "several frames in the buffer"):
        "The frame ends where its header says. What comes after it is the rest.",
    (MASKED := "masked frames"):
        "The key is the four bytes after the length, however long the length is. Then comes the "
        "payload, and its byte number i is mixed with key[i % 4].",
    (PIECES := "a stream in random pieces"):
        "The buffer may end anywhere, and may hold several frames. Nothing may be lost.",
    (LIMIT := "a length above the limit"):
        "Compare the limit with the length in the header, long or short: it counts neither the "
        "header nor what the buffer holds. Only a larger length is refused, with ValueError, as "
        "soon as it has been read.",
}  # fmt: skip
LARGE = 1_000_000  # a limit that is no subject


def right(buffer: bytes, limit: int, wrong: Wrong) -> tuple[Any, bytes]:
    """The answer, with a switch for each mistake."""
    nothing = None, b"" if "no part" in wrong else buffer
    if len(buffer) < 2:
        return nothing
    first, second = buffer[:2]
    seven = second if "mask in length" in wrong else second & 127
    at = 2 if seven < 126 else 4 if seven == 126 else 10
    if len(buffer) < at:
        return nothing
    length = int.from_bytes(buffer[2:at], "big") if at > 2 else seven
    if length > limit and "late" not in wrong:
        raise ValueError
    masked = (first if "mask in byte 1" in wrong else second) > 127
    masked = (masked or "always masked" in wrong) and "never masked" not in wrong
    body = at + 4 * masked
    end = len(buffer) if "all" in wrong else body + length
    whole = len(buffer) == end if "exact" in wrong else len(buffer) >= end + ("one more" in wrong)
    if not whole and "cut" not in wrong:
        return nothing
    if length > limit:
        raise ValueError
    key, payload = buffer[at:body], buffer[body:end]
    if masked:
        shift = body if "from the buffer" in wrong else 0
        payload = bytes(byte ^ key[(shift + i) % 4] for i, byte in enumerate(payload))
    return (first > 127, first & 15, payload), b"" if "no rest" in wrong else buffer[end:]


def judge_4_2(answer: Answer, chance: random.Random) -> Verdict:
    """Frames of all lengths, whole and in pieces, masked and not.

    Longer than usual: a list of what is asked.
    """

    def sent(size: int = -1, masked: bool = False, opcode: int = 1, fin: bool = True) -> bytes:
        said = text.name(chance) if fin else text.phrase(chance, at_most=4)
        payload = said.encode() if size < 0 else chance.randbytes(size)
        frame = frames.Frame(frames.OPCODES[opcode], payload, fin)
        return frames.encode(frame, bytes(chance.sample(range(1, 256), 4)) if masked else None)

    trial = Trial(answer, chance, right, errors=("ValueError",))
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
        for data in (sent(limit - 1), sent(limit), sent(limit - 1) + sent(limit - 2)):
            trial.ask(LIMIT, data, limit)
        for size in (limit + 1, 1 << 40, 1 << 62):
            trial.ask(LIMIT, frames.header(2, size, False), limit)
            trial.ask(LIMIT, frames.header(2, size, True) + chance.randbytes(4), limit)
    return trial.verdict()


EXERCISES = (Exercise(
    number="4.2", title="Cut a frame", section="mask", minutes=13, core=True, names=("cut",),
    cases=CASES, judge=judge_4_2,
    hints=(
        "Three times you need bytes that may not be here yet: the first two, the rest of the "
        "header, the payload. What do you return each time? And where do you know enough to "
        "refuse?",
        "Count on with `at`: 2, then 2 or 8 more for a long length, then 4 more if the frame is "
        "masked. The limit is compared as soon as the length is known. The frame ends at at + "
        "length; what comes after it is the rest.",
        "If len(buffer) is less than what you need, return None, buffer. length > limit: raise "
        "ValueError. key = buffer[at - 4 : at], payload = buffer[at : at + length], unmasked with "
        "key[i % 4], where i counts from the payload's first byte. Return (first >= 128, first & "
        "15, payload), buffer[at + length :].",
    ),
    wrong_ideas={
        "one_read_one_frame": WrongIdea("one read brings one whole frame",
            "The buffer holds what has arrived so far: half a frame, or three. The length in the "
            "header says where the frame ends. Until all of it is here there is no frame, and "
            "what comes after it belongs to the next one.", "cut; all; exact"),
        "loses_rest": WrongIdea("what is left over is thrown away",
            "The bytes after the frame are the beginning of the next one, and the bytes of a "
            "frame that is not complete will be needed. Nobody sends them again. Give them back "
            "as the rest.", "no rest; no part; no rest, no part"),
        "waits_for_oversize_body": WrongIdea("the limit is looked at when the payload is here",
            "Then it is too late: all of it was kept in memory. A header of ten bytes can promise "
            "exabytes. Compare the length with the limit as soon as you have read it.", "late"),
        "masks_header_too": WrongIdea("the key begins before the payload",
            "Only the payload is masked (RFC 6455 §5.3). Its first byte is mixed with the first "
            "byte of the key, wherever the payload stands in the frame. The header and the key "
            "itself are sent as they are.", "from the buffer"),
    },
    slips={
        "The MASK bit is still a part of your length, which is the last seven bits.":
            "mask in length",
        "A frame has a key if the first bit of its second byte is set, and only then.":
            "mask in byte 1; always masked; never masked",
        "A frame is complete when its last byte is there. Do not wait for one byte more.":
            "one more",
    },
),)  # fmt: skip
