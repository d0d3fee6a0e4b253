"""Judge of exercise p2.1: text from a stream of bytes that is cut anywhere.

    pieces     ec 95 | 88 eb 85 | 95 21
    feed       ("", b"\\xec\\x95")  ("안", b"\\xeb\\x85")  ("녕!", b"")

Exercises.  Builds on: `grading`.
What is new here: the judge passes the right rest to each call, so one fault does not cause others.
Left out: bytes that are not UTF-8.
"""

from __future__ import annotations

import codecs
import random
from collections.abc import Iterator
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import gave, hint_of_type, shown
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea

LETTERS = "English letters, cut anywhere"
WHOLE = "Hangul and emoji, cut between letters"
HALF = "Hangul and emoji, cut inside a letter"
SINGLE = "one byte at a time"
REMEMBERS = (
    "The same call gives another result another time. feed itself remembers nothing: all that it "
    "needs later is in the rest that it returns."
)
FIRST = "안".encode()[:1]
KEEPS_ONE = "A letter has up to four bytes, so up to three of them may be here without the last."
CASES = (LETTERS, WHOLE, HALF, SINGLE)


def judge_p2_1(answer: Answer, chance: random.Random) -> Verdict:
    """Each case adds one difficulty."""
    for _ in range(2):
        words = " ".join(text.name(chance) for _ in range(4))
        _stream(answer, LETTERS, list(_cut(chance, words.encode(), 8)))
        _stream(
            answer,
            WHOLE,
            [part.encode() for part in _cut(chance, text.phrase(chance, at_most=4), 4)],
        )
    for _ in range(4):
        _stream(answer, HALF, _halves(chance))
        _stream(answer, HALF, list(_cut(chance, text.phrase(chance, at_most=4).encode(), 9)))
    for kept in (1, 2, 3):  # of the four bytes of an emoji
        data, before = "👋".encode(), text.phrase(chance, at_most=3).encode()
        _stream(answer, HALF, [before + data[:kept], data[kept:]])
    _stream(answer, SINGLE, [bytes([byte]) for byte in text.phrase(chance, at_most=4).encode()])
    if not answer.marks.faulty:
        _two_streams(answer, chance)
    return answer.marks.verdict()


def _stream(answer: Answer, case: str, pieces: list[bytes]) -> bool:
    """Feed the pieces, up to the first that the answer reads wrongly."""
    rest = b""
    for piece in pieces:
        expected = _right(rest + piece)
        got = answer.call("feed", rest, piece)
        if not same(got, expected):
            idea, why = _idea(got, rest, piece), _type(got, expected)
            if (
                isinstance(got, Raised)
                and idea
                and same(answer.call("feed", b"", FIRST), ("", FIRST))
            ):
                idea, why = "", KEEPS_ONE
            if idea and not isinstance(got, Raised):
                again = answer.call("feed", rest, piece)
                if not same(again, got):
                    idea, why = "", REMEMBERS
                    answer.restart()
            return answer.marks.fail(
                case,
                observed=f"feed({rest!r}, {piece!r}) {gave(got)}",
                expected=shown(expected),
                idea=idea,
                why=why,
                raised=got if isinstance(got, Raised) else None,
            )
        rest = expected[1]
    return answer.marks.true(case, True)


def _two_streams(answer: Answer, chance: random.Random) -> None:
    """Feed two streams in turns: an answer that keeps bytes in a global name mixes them up."""
    streams = [_halves(chance), _halves(chance)]
    rests = [b"", b""]
    for number in (0, 1):
        for which, pieces in enumerate(streams):
            expected = _right(rests[which] + pieces[number])
            got = answer.call("feed", rests[which], pieces[number])
            if not same(got, expected):
                answer.marks.fail(
                    HALF,
                    observed=f"two streams, a piece of each in turn\n"
                    f"feed({rests[which]!r}, {pieces[number]!r}) {gave(got)}",
                    expected=shown(expected),
                    why=REMEMBERS,
                )
                return
            rests[which] = expected[1]


def _right(data: bytes) -> tuple[str, bytes]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    return decoder.decode(data), decoder.getstate()[0]


def _idea(got: Any, rest: bytes, piece: bytes) -> str:
    """The wrong idea that gives this result; empty if none does."""
    if isinstance(got, Raised):
        return "decode_each_piece" if got.type == "UnicodeDecodeError" else ""
    if type(got) is not tuple or [type(part) for part in got] != [str, bytes]:
        return ""
    said, kept = got
    data = rest + piece
    if "\ufffd" in said:
        return "replaces_half_letters"
    if said and not kept and said in (data.decode(errors="ignore"), piece.decode(errors="ignore")):
        return "ignores_half_letters"
    right = _right(data)[0]
    if len(said) < len(right) and right.startswith(said) and said.encode() + kept == data:
        return "withholds_whole_letters"
    return ""


def _type(got: Any, expected: Any) -> str:
    if isinstance(got, (Raised, tuple)):
        return hint_of_type(got, expected)
    return "feed returns two things: the text, and the bytes that are left over."


def _halves(chance: random.Random) -> list[bytes]:
    """Two pieces; the cut is inside a letter, and whole letters stand before it."""
    data = (chance.choice("안녕점심👋🍜") + text.phrase(chance, at_most=4)).encode()
    inside = [at for at in range(4, len(data)) if data[at] & 0b11000000 == 0b10000000]
    at = chance.choice(inside)
    return [data[:at], data[at:]]


def _cut(chance: random.Random, data: Any, most: int) -> Iterator[Any]:
    while data:
        size = chance.randint(1, most)
        yield data[:size]
        data = data[size:]


EXERCISES = (
    Exercise(
        number="p2.1",
        title="Half a letter",
        section="pieces",
        minutes=9,
        names=("feed",),
        cases=CASES,
        hints=(
            "Put rest and piece together first. Up to where do you have whole letters? Only the "
            "last letter can be unfinished, and at most three of its bytes are here.",
            "Each byte after the first of a letter begins with the bits 10. Go back from the end "
            "to a byte that begins otherwise. It says how long its letter is. Or take Python's "
            "decoder, which keeps the unfinished bytes.",
            'decoder = codecs.getincrementaldecoder("utf-8")(), then text = decoder.decode(rest + '
            "piece). What it keeps for later is decoder.getstate()[0].",
        ),
        wrong_ideas={
            "decode_each_piece": WrongIdea(
                "each piece is decoded by itself",
                "A stream is cut anywhere, also inside a letter. Half a letter is no UTF-8, and "
                "decode refuses it. Keep the bytes of the unfinished letter until the rest is "
                "there.",
            ),
            "replaces_half_letters": WrongIdea(
                "half a letter becomes a question mark",
                'errors="replace" puts a � where a letter was cut. The letter was not wrong, it '
                "was not complete. Now it is lost, and no error tells so.",
            ),
            "ignores_half_letters": WrongIdea(
                "half a letter is left out",
                'errors="ignore" throws the bytes of a cut letter away. The reader never learns '
                "that a letter is missing. Keep those bytes and return them as the rest.",
            ),
            "withholds_whole_letters": WrongIdea(
                "whole letters wait for the half one behind them",
                "Only the last letter is unfinished. Who keeps all of the piece because of it "
                "shows a person nothing, although nearly everything is there. Return what is "
                "complete.",
            ),
        },
        judge=judge_p2_1,
    ),
)
