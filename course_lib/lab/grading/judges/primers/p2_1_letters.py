"""Judge of exercise p2.1: text from a stream of bytes that is cut anywhere.

    pieces     ec 95 | 88 eb 85 | 95 21
    feed       ("", b"\\xec\\x95")  ("안", b"\\xeb\\x85")  ("녕!", b"")

Exercises.  Builds on: `grading.trial`.
What is new here: the judge passes the right rest to each call, so one fault does not cause others.
Left out: bytes that are not UTF-8.
"""

from __future__ import annotations

import codecs
import contextlib
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Over, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (LETTERS := "English letters, cut anywhere"):
        "An English letter is one byte. It is complete in the moment in which it is here.",
    (WHOLE := "Hangul and emoji, cut between letters"):
        "All letters are complete here. Return the whole text, decoded as UTF-8, and the rest b''.",
    (HALF := "Hangul and emoji, cut inside a letter"):
        "Put rest and piece together. Return the text of all letters that are complete, and the "
        "bytes of the last one if it is not: one, two or three of them. The first byte of a "
        "letter says how many it has: é has two, 안 three, 👋 four.",
    (SINGLE := "one byte at a time"):
        "Most calls complete no letter here: the text is '', and the rest is all that came of the "
        "letter so far. So look for the unfinished letter in rest + piece.",
    (TWO := "two streams in turn"):
        "feed itself remembers nothing: all that it needs later is in the rest that it returns. A "
        "decoder or a variable that is shared by all calls mixes two streams.",
}  # fmt: skip


def right(rest: bytes, piece: bytes, wrong: Wrong = frozenset()) -> Any:
    """The answer, with a switch for each mistake."""
    data = piece if "forgets" in wrong else piece + rest if "swapped" in wrong else rest + piece
    for how in wrong & {"replace", "ignore", "strict"}:
        return data.decode(errors=how), b""
    try:
        end = _complete(data, wrong)
    except UnicodeDecodeError:
        if "or nothing" in wrong:
            return "", data
        raise
    said, kept = data[:end].decode(), data[end:]
    if "characters" in wrong and (kept or "always" in wrong):
        kept = data[len(said) :]
    if kept and "all again" in wrong:
        kept = data
    if ("rest again" if kept else "rest stays") in wrong:
        kept = rest + kept
    if "shows half" in wrong:
        said = data.decode(errors="replace")
    return said, kept


def _complete(data: bytes, wrong: Wrong) -> int:
    """Where the unfinished letter begins."""
    at = len(data)
    while wrong & {"last letter", "to English"} and at and data[at - 1] >= 0x80:
        at -= 1
        if data[at] >= 0xC0 and "last letter" in wrong:
            break
    most = next((n for n in (0, 1, 2, 3, 99) if f"at most {n}" in wrong), -1)
    for kept in range(min(most, at) + 1):
        with contextlib.suppress(UnicodeDecodeError):
            return len(data[: at - kept].decode().encode())
    decoder = codecs.getincrementaldecoder("utf-8")()
    decoder.decode(data[:at], final=most >= 0)
    return at - len(decoder.getstate()[0])


def judge_p2_1(answer: Answer, chance: random.Random) -> Verdict:
    """Each case adds one difficulty."""
    trial = Trial(answer, chance, right, reads=_read)

    def stream(case: str, *pieces: bytes) -> None:
        trial.play(case, partial(_streams, [(0, piece) for piece in pieces]))

    name, said = text.name(chance).encode(), text.phrase(chance, at_most=4)
    half, other = (letter.encode() for letter in chance.sample("안녕점심", 2))
    stream(LETTERS, *_cut(name, 1), *_cut(name, 3), name)
    stream(WHOLE, *[part.encode() for part in _cut(said, 2)], said.encode())
    for letter in "é".encode(), half, "👋".encode():
        for at in range(1, len(letter)):
            stream(HALF, name + letter[:at], letter[at:] + name)
            stream(HALF, said.encode() + letter[:at], letter[at:] + other[:at], other[at:])
    for size in 4, 5, 7:
        stream(HALF, *_cut(text.phrase(chance).encode(), size))
    stream(SINGLE, *_cut(said.encode(), 1))
    trial.play(TWO, partial(_streams, [(0, half[:1]), (1, name), (0, half[1:])]))
    return trial.verdict()


def _streams(pieces: Sequence[tuple[int, bytes]], play: Play) -> None:
    """Feed pieces of one stream, or of two, each with the rest that is right there."""
    rests, wrong = [b"", b""], False
    for which, piece in pieces:
        play.tell(f"feed({rests[which]!r}, {piece!r})")
        expected, got = right(rests[which], piece), play.call("feed", rests[which], piece)
        play.see(got)
        wrong, rests[which] = wrong or got != expected, expected[1]
    if wrong and play.case == TWO:
        raise Over  # an answer that remembers begins anew in the next story


def _read(value: Any) -> tuple[Any, Any]:
    """Two things, as a tuple or a list; the rest may be a bytearray."""
    said, rest = value
    return said, bytes(rest) if type(rest) is bytearray else rest


def _cut(data: Any, size: int) -> list[Any]:
    return [data[at : at + size] for at in range(0, len(data), size)]


EXERCISES = (Exercise(
    number="p2.1", title="Half a letter", section="pieces", minutes=9, names=("feed",), cases=CASES,
    judge=judge_p2_1,
    hints=(
        "Put rest and piece together first. Up to where do you have whole letters? Only the last "
        "letter can be unfinished, and at most three of its bytes are here.",
        "Each byte of a letter but the first begins with the bits 10. Go back from the end to a "
        "first byte. Or take Python's decoder, which keeps the unfinished bytes.",
        'decoder = codecs.getincrementaldecoder("utf-8")(), then text = decoder.decode(rest + '
        "piece). What it keeps for later is decoder.getstate()[0].",
    ),
    wrong_ideas={
        "decode_each_piece": WrongIdea("each piece is decoded by itself",
            "A stream is cut anywhere. Half a letter is no UTF-8, and decode refuses it. Keep the "
            "bytes of the unfinished letter until the others are there.",
            "strict; strict, forgets"),
        "replaces_half_letters": WrongIdea("half a letter becomes a question mark",
            'errors="replace" puts a � where a letter was cut. The letter was not wrong, only not '
            "complete. Now it is lost, and no error tells so.",
            "replace; replace, forgets; shows half"),
        "ignores_half_letters": WrongIdea("half a letter is left out",
            'errors="ignore" throws the bytes of a cut letter away, and nobody learns it. Return '
            "them as the rest.", "ignore; ignore, forgets"),
        "withholds_whole_letters": WrongIdea("whole letters wait for the half one after them",
            "Only the last letter is unfinished. Whoever reads wants all the others now: return "
            "what is complete.",
            "at most 0, or nothing; at most 1, or nothing; at most 2, or nothing; last letter; to "
            "English"),
        "keeps_too_few_bytes": WrongIdea("only one or two bytes can be left over",
            "A Hangul syllable has three bytes and an emoji four. So up to three bytes may be "
            "here without the last one.", "at most 1; at most 2"),
        "forgets_the_rest": WrongIdea("the rest does not stand before the next piece",
            "The piece may begin in the middle of a letter, and the rest is how that letter "
            "began. Put it before the piece: rest + piece.",
            "forgets; forgets, at most 3; forgets, at most 99; swapped; swapped, at most 3; "
            "swapped, at most 99"),
        "rest_in_characters": WrongIdea("the place where the rest begins is counted in characters",
            "len(text) counts characters, and data[n:] counts bytes. Count the bytes of the text: "
            "len(text.encode()).", "characters; characters, always"),
        "whole_letters_twice": WrongIdea("bytes that have become text stay in the rest",
            "What is in the rest comes again with the next piece, so these letters are shown "
            "twice. The rest is the unfinished letter alone.",
            "all again; rest again; rest stays; rest again, rest stays"),
    },
),)  # fmt: skip
