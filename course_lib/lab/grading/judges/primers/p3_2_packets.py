"""Judge of exercise p3.2: packets with their length before them, a limit, and an end.

    00 06 ec 95 88 eb 85 95 | 00 00 | 00 | 03 68 69 21        ff ff        00 09 61 ■
    feed ─▶ ["안녕"]          [b""]   []   [b"hi!"]            refused      end() is an error

Exercises.  Builds on: `grading`.
What is new here: a reader that fails at a single packet gets it once more with its length in the
other byte order; if it reads that, its idea is named.
Left out: what a reader does after it has refused a length.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import brief, gave, shown
from ...sandbox.remote import RemoteObject
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea

ONE = "one packet"
HANGUL = "a packet of Hangul and emoji"
SEVERAL = "several packets in one piece, an empty one among them"
CUT = "packets that are cut anywhere"
LIMIT = "a length above the limit"
END = "the end of the stream"
CASES = (ONE, HANGUL, SEVERAL, CUT, LIMIT, END)
LARGE = 5000  # a limit above all packets, where it is not the subject
ERROR = "Who uses your class catches ValueError, as the task says."


def judge_p3_2(answer: Answer, chance: random.Random) -> Verdict:
    """Feed good streams first, from easy to hard; then the two that must be refused."""
    for _ in range(2):
        body = text.name(chance).encode()
        if not _read(answer, ONE, [_packet(body)]) and _other_order(answer, body):
            answer.marks.fail(
                ONE,
                observed=f"{_packet(body, 'little')!r} was understood, and {_packet(body)!r} not",
                expected=f"the length {len(body)} is {_packet(body)[:2].hex(' ')} on the wire",
                idea="little_endian",
            )
        _read(
            answer,
            HANGUL,
            [_packet(text.phrase(chance, at_most=4).encode())],
            "length_in_characters",
        )
        one, two, three = (text.phrase(chance, at_most=3).encode() for _ in range(3))
        _read(answer, SEVERAL, [_packet(one) + _packet(two), _packet(three)])
        stream = _packet(one) + _packet(b"") + _packet(two)
        _read(answer, SEVERAL, [stream, _packet(b"")], "empty_message_stops")
        at = chance.randrange(3, 2 + len(one))
        _read(answer, CUT, [_packet(one)[:at], _packet(one)[at:] + _packet(two)])
        stream = _packet(one) + _packet(two)
        for at in (1, 2 + len(one) + 1):
            _read(answer, CUT, [stream[:at], stream[at:]], "header_in_one_piece")
    for _ in range(3):
        _read(answer, CUT, _cut(chance, b"".join(_packet(_body(chance)) for _ in range(8))))
    _limit(answer, chance)
    _end(answer, chance)
    return answer.marks.verdict()


def _read(
    answer: Answer, case: str, pieces: Sequence[bytes], idea: str = "", limit: int = LARGE
) -> bool:
    """Feed the pieces to a new reader.  `idea` names a failure, if nothing failed before."""
    marks, known = answer.marks, answer.marks.faulty
    if (reader := _reader(answer, case, limit)) is None:
        return False
    buffer = b""
    for number, piece in enumerate(pieces, 1):
        expected, buffer = _complete(buffer + piece)
        got = reader.call("feed", piece)
        if same(got, expected):
            continue
        empty = isinstance(got, Raised) and got.type == "NotImplementedError"
        return marks.fail(
            case,
            observed=f"{_arrived(pieces[:number], limit)}\nthe last feed {gave(got)}",
            expected=shown(expected),
            idea="" if known or empty else idea,
            why=_why(got, expected, case),
            raised=got if isinstance(got, Raised) else None,
        )
    return marks.true(case, True)


def _limit(answer: Answer, chance: random.Random) -> None:
    """A packet of exactly the limit is allowed.  One byte more is refused by its length alone."""
    for limit in (chance.randint(10, 200), chance.randint(300, 2000)):
        _read(answer, LIMIT, [_packet((text.name(chance).encode() * limit)[:limit])], limit=limit)
        known = answer.marks.faulty
        for size in (limit + 1, 65_535):
            if (reader := _reader(answer, LIMIT, limit)) is None:
                return
            header = size.to_bytes(2, "big")
            got = reader.call("feed", header)
            waits = same(got, [])
            answer.marks.true(
                LIMIT,
                _refused(got),
                observed=f"the limit is {limit}, and {header!r} promises {size} bytes\n"
                f"feed {gave(got)}" + (", and goes on collecting" if waits else ""),
                expected="ValueError, before a byte of it has come",
                idea="waits_for_oversize_body" if waits and not known else "",
                why=ERROR if isinstance(got, Raised) else "",
            )


def _end(answer: Answer, chance: random.Random) -> None:
    """The end of the stream is allowed between packets, and an error inside a packet."""
    known = answer.marks.faulty
    whole, part = _packet(_body(chance)), _packet(b"transfer " + _body(chance))
    for extra, bad in ((0, False), (1, True), (2, True), (len(part) - 1, True)):
        for before in (b"", whole):
            if (reader := _reader(answer, END, LARGE)) is None:
                return
            if before + part[:extra]:
                reader.call("feed", before + part[:extra])
            got = reader.call("end")
            raised = got if isinstance(got, Raised) else None
            if _refused(got) if bad else not raised:
                answer.marks.true(END, True)
                continue
            answer.marks.fail(
                END,
                observed=f"the stream was {before + part[:extra]!r}\nend() {gave(got)}",
                expected="ValueError: a packet is not complete" if bad else "no error",
                idea="end_is_silent" if bad and not raised and not known else "",
                why=ERROR if bad and raised else "",
                raised=raised,
            )
            return


def _reader(answer: Answer, case: str, limit: int) -> RemoteObject | None:
    made = answer.make("Packets", limit)
    if isinstance(made, RemoteObject):
        return made
    answer.marks.equal(case, made, [], given=f"Packets({limit})")
    return None


def _other_order(answer: Answer, body: bytes) -> bool:
    """Does the reader understand a little-endian length?"""
    reader = answer.make("Packets", LARGE)
    return isinstance(reader, RemoteObject) and same(
        reader.call("feed", _packet(body, "little")), [body]
    )


def _complete(data: bytes) -> tuple[list[bytes], bytes]:
    found = []
    while len(data) >= 2 and len(data) >= (end := 2 + int.from_bytes(data[:2], "big")):
        found.append(data[2:end])
        data = data[end:]
    return found, data


def _refused(got: Any) -> bool:
    return isinstance(got, Raised) and got.is_a("ValueError")


def _packet(body: bytes, order: Any = "big") -> bytes:
    return len(body).to_bytes(2, order) + body


def _body(chance: random.Random) -> bytes:
    """Text or any bytes, also more than 255, so that a length needs both of its bytes."""
    if chance.random() < 0.5:
        return text.phrase(chance).encode()
    return chance.randbytes(chance.choice([4, 30, 256, 300]))


def _cut(chance: random.Random, data: bytes) -> list[bytes]:
    pieces = []
    while data:
        size = chance.choice([1, 1, 2, 3, 50, 400])
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def _arrived(pieces: Sequence[bytes], limit: int) -> str:
    dots = "…, " if len(pieces) > 3 else ""
    return f"Packets({limit}) got {dots}" + ", ".join(brief(piece, 60) for piece in pieces[-3:])


def _why(got: Any, expected: Sequence[bytes], case: str) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if case == LIMIT and _refused(got):
        return "So many bytes are allowed: only a larger number is more than the limit."
    if len(expected) > 1 and same(got, [*expected[:1]]):
        return "More than one packet may be complete by now. Give out all of them."
    return _shape(got)


def _shape(got: Any) -> str:
    good = type(got) is list and all(type(packet) is bytes for packet in got)
    shape = "feed returns a list of bytes, also for one packet or none."
    return "" if good or isinstance(got, Raised) else shape


EXERCISES = (
    Exercise(
        number="p3.2",
        title="Packets with a limit",
        section="table",
        minutes=10,
        names=("Packets",),
        cases=CASES,
        hints=(
            "Begin with the reader of section 3. It waits until two bytes are there, then until "
            "all of the body is. Between these two steps you know the length: what can you do "
            "there?",
            "Is a length of 0 a message for your reader? Are both bytes of the length there "
            "before you read it? And which value of the buffer tells end() that nothing is "
            "missing?",
            "while len(self.buffer) >= 2: take the length; if length > self.limit, raise "
            "ValueError; if the body is not complete, break; else cut it off. end() raises "
            "ValueError if self.buffer is not empty.",
        ),
        wrong_ideas={
            "length_in_characters": WrongIdea(
                "the length counts characters",
                "The length counts bytes. Six bytes can be two syllables, so a reader that turns "
                "them into text first waits for letters that never come. Keep bytes, and give out "
                "bytes.",
            ),
            "little_endian": WrongIdea(
                "the little end stands first",
                "Networks begin with the big end. Read the other way round, 00 05 is 1280, and "
                "the reader waits for bytes that never come.",
            ),
            "header_in_one_piece": WrongIdea(
                "the length is never cut",
                "A cut can be anywhere, also between the two bytes of the length. Half a length "
                "looks like a small one. Wait until both bytes are there.",
            ),
            "waits_for_oversize_body": WrongIdea(
                "the limit is looked at when the body is here",
                "Then it is too late: all of the body was kept in memory. A length is a promise of "
                "somebody whom you do not know. Refuse it before you collect anything.",
            ),
            "empty_message_stops": WrongIdea(
                "a message of no bytes is no message",
                'An empty message is a message, and its length is 0. In Python 0 and b"" are '
                "false in an if, so `if length:` leaves it out. Ask for what you mean: are enough "
                "bytes there?",
            ),
            "end_is_silent": WrongIdea(
                "the end of the stream is always fine",
                "When the connection ends in the middle of a packet, a message was lost. Somebody "
                "has to know. Between two packets the end is the end; with anything in the buffer "
                "it is an error.",
            ),
        },
        judge=judge_p3_2,
    ),
)
