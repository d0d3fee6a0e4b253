"""Judge of exercise 4.2: cut one frame off the front of a buffer.

    cut(81 03 68 69 21 | 81 05 48, 1000) ─▶ ((True, 1, b"hi!"), 81 05 48)
    cut(81 03 68, 1000)                  ─▶ (None, 81 03 68)
    cut(82 7e ff ff, 1000)               ─▶ ValueError

Exercises.  Builds on: `grading`, `wire.websocket.frames` and `wire.websocket.masking` (what is
right).
What is new here: `cut` keeps no state, so the judge keeps the buffer and ends it anywhere.
Left out: bad opcodes and RSV bits.
"""

from __future__ import annotations

import random
from typing import Any

from .....wire.websocket import frames, masking
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import hint_of_type, shown
from ...sandbox.remote import Raised
from ...sandbox.values import same
from ...verdict import Verdict, WrongIdea

ONE = "one whole frame"
LONG = "long frames"
PART = "a frame of which something is missing"
SEVERAL = "several frames in the buffer"
MASKED = "masked frames"
PIECES = "a stream in random pieces"
LIMIT = "a length above the limit"
CASES = (ONE, LONG, PART, SEVERAL, MASKED, PIECES, LIMIT)
FOUR_BITS = "The opcode is the last four bits of the first byte; control frames use all of them."
LARGE = 1_000_000  # a limit above all payloads, where it is not the subject


class Sent:
    """A frame: its bytes, and what `cut` must return for it."""

    def __init__(
        self, chance: random.Random, size: int = -1, masked: bool = False, opcode: int = -1
    ) -> None:
        payload = text.phrase(chance, at_most=4).encode() if size < 0 else chance.randbytes(size)
        fin = chance.random() < 0.8 or opcode > 7  # a control frame has FIN
        opcode = chance.choice([1, 2]) if opcode < 0 else opcode
        self.key = bytes(chance.sample(range(1, 256), 4)) if masked else b""
        frame = frames.Frame(frames.OPCODES[opcode], payload, fin)
        self.data = frames.encode(frame, self.key or None)
        self.payload, self.meaning = payload, (fin, opcode, payload)

    @property
    def body(self) -> int:
        """Where the payload begins."""
        return len(self.data) - len(self.payload)


def judge_4_2(answer: Answer, chance: random.Random) -> Verdict:
    """Check one whole frame first, then harder buffers, then streams in pieces, then the limit."""
    ones = [Sent(chance, size) for size in (-1, 0, 125)]
    cut = [_cut(answer, ONE, sent.data, (sent.meaning, b"")) for sent in ones]
    for opcode in (0, 8, 9, 10):
        sent = Sent(chance, chance.randint(0, 20), opcode=opcode)
        _cut(answer, ONE, sent.data, (sent.meaning, b""), why=FOUR_BITS)
    for size in (126, chance.randint(300, 5000), 65_535, 65_536):
        sent = Sent(chance, size)
        _cut(answer, LONG, sent.data, (sent.meaning, b""))
    _parts(answer, chance)
    if not any(cut):  # returning (None, buffer) each time passes no case
        answer.marks.fail(
            PART, observed="cut found no frame where one was whole", expected="it knows which"
        )
    _several(answer, chance)
    for size in (5, 61, 126, 66_000):  # after headers of 6, 8 and 14 bytes
        _masked(answer, Sent(chance, size, masked=True))
    for _ in range(3):
        _pieces(answer, chance)
    _limit(answer, chance)
    return answer.marks.verdict()


def _cut(
    answer: Answer, case: str, buffer: bytes, wanted: Any, idea: str = "", why: str = ""
) -> bool:
    got = answer.call("cut", buffer, LARGE)
    return _is(answer, case, buffer, got, wanted, idea, why)


def _is(
    answer: Answer, case: str, buffer: bytes, got: Any, wanted: Any, idea: str, why: str = ""
) -> bool:
    if same(got, wanted):
        return answer.marks.true(case, True)
    return answer.marks.fail(
        case,
        observed=f"cut({shown(buffer[:40])}{'…' if len(buffer) > 40 else ''}, {LARGE}), a buffer "
        f"of {len(buffer)} bytes, {'' if isinstance(got, Raised) else 'gave '}{shown(got)}",
        expected=shown(wanted),
        idea=idea,
        why=_refusal(buffer, got) or _shape(got, wanted) or why,
        raised=got if isinstance(got, Raised) else None,
    )


def _parts(answer: Answer, chance: random.Random) -> None:
    """Buffers that end after each byte of a short frame, and inside a long frame."""
    short, long = Sent(chance, chance.randint(3, 9)), Sent(chance, 70_000)
    middle = Sent(chance, 200, masked=True)
    parts = [short.data[:size] for size in range(len(short.data))]
    parts += [long.data[:size] for size in (2, 5, 9, 10, 40_000)]
    parts += [middle.data[:size] for size in (3, 4, 7, 8, 100)]
    known = answer.marks.faulty
    for part in parts:
        got, wanted, idea = answer.call("cut", part, LARGE), (None, part), ""
        if _pair(got) and got[0] is None and type(got[1]) is bytes and len(got[1]) < len(part):
            idea = "loses_rest"
        elif _pair(got) and type(got[0]) is tuple and len(part) >= 2:
            idea = "one_read_one_frame"
        if not _is(answer, PART, part, got, wanted, "" if known else idea):
            return


def _several(answer: Answer, chance: random.Random) -> None:
    known = answer.marks.faulty
    for tail in (b"", Sent(chance).data[:4], b"\x81"):
        one, two = Sent(chance, chance.randint(4, 20)), Sent(chance)
        rest = two.data + tail
        got, idea = answer.call("cut", one.data + rest, LARGE), ""
        if _pair(got) and same(got[0], one.meaning) and same(got[1], b""):
            idea = "loses_rest"
        elif (
            _pair(got)
            and (
                same(got, (None, one.data + rest))  # waits until the buffer ends with the frame
                or same(got[0], (*one.meaning[:2], one.payload + rest))
            )
        ):
            idea = "one_read_one_frame"
        _is(answer, SEVERAL, one.data + rest, got, (one.meaning, rest), "" if known else idea)


def _masked(answer: Answer, sent: Sent) -> None:
    """A masked frame; the idea is named if the key was applied from before the payload."""
    got, key, idea = answer.call("cut", sent.data, LARGE), sent.key, ""
    if _pair(got) and type(got[0]) is tuple and len(got[0]) == 3:
        turn = sent.body % 4
        late = masking.mask_at_once(sent.data[sent.body :], key[turn:] + key[:turn])
        with_key = masking.mask_at_once(sent.data[sent.body - 4 :], key)
        seen = [late, with_key, with_key[: len(late)]]
        idea = "masks_header_too" if got[0][2] in seen and got[0][2] != sent.payload else ""
    _is(answer, MASKED, sent.data, got, (sent.meaning, b""), idea)


def _pieces(answer: Answer, chance: random.Random) -> None:
    """A stream in pieces; the judge keeps the buffer, as a server does."""
    masked = chance.random() < 0.5
    sizes = [-1, 0, chance.randint(1, 125), chance.randint(126, 400), -1]
    chance.shuffle(sizes)
    sent = [Sent(chance, size, masked) for size in sizes]
    stream, buffer, seen = b"".join(one.data for one in sent), b"", 0
    while stream:
        size = chance.choice([1, 1, 2, 3, 40, 300])
        buffer, stream = buffer + stream[:size], stream[size:]
        while True:
            first = sent[seen] if seen < len(sent) else None
            whole = first is not None and len(buffer) >= len(first.data)
            wanted: Any = (None, buffer)
            if first is not None and whole:
                wanted = (first.meaning, buffer[len(first.data) :])
            if not _cut(answer, PIECES, buffer, wanted):
                return
            if not whole:
                break
            buffer, seen = wanted[1], seen + 1


def _limit(answer: Answer, chance: random.Random) -> None:
    """A payload of exactly the limit is allowed; more is refused before the payload arrives."""
    known = answer.marks.faulty
    limit = chance.randint(200, 2000)
    exact = Sent(chance, limit)
    got = answer.call("cut", exact.data, limit)
    answer.marks.equal(LIMIT, got, (exact.meaning, b""), given=f"a payload of {limit}, the limit,")
    key = chance.randbytes(4)
    for size, masked in ((limit + 1, False), (limit + 1, True), (1 << 40, False), (1 << 62, True)):
        head = frames.header(2, size, masked) + (key if masked else b"")
        got = answer.call("cut", head, limit)
        waits = same(got, (None, head))
        answer.marks.true(
            LIMIT,
            isinstance(got, Raised) and got.is_a("ValueError"),
            observed=f"the limit is {limit}, and {head.hex(' ')} promises {size} bytes\n"
            f"cut gave {shown(got)}" + (", and goes on collecting" if waits else ""),
            expected="ValueError, before a byte of the payload has come",
            idea="waits_for_oversize_body" if waits and not known else "",
        )


def _pair(got: Any) -> bool:
    return type(got) is tuple and len(got) == 2


def _refusal(buffer: bytes, got: Any) -> str:
    """A sentence if a masked frame below the limit was refused; otherwise empty."""
    if isinstance(got, Raised) and got.is_a("ValueError") and len(buffer) > 1 and buffer[1] >> 7:
        return "This frame is below the limit. Is the MASK bit still a part of your length?"
    return ""


def _shape(got: Any, wanted: Any) -> str:
    if isinstance(got, Raised) or _pair(got):
        return hint_of_type(got, wanted)
    return "cut returns two things, also when a frame is not complete: (frame, rest)."


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
            "at + length; what is behind it is the rest.",
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
                "and what is behind it belongs to the next one.",
            ),
            "loses_rest": WrongIdea(
                "what is left over is thrown away",
                "The bytes behind the frame are the beginning of the next one, and the bytes of a "
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
