"""Judge of exercise p3.1: lines that end with two bytes, from a stream that is cut anywhere.

    pieces    GET / HT | TP/1.1\\r | \\nHost: 안 | 녕\\r\\n\\r\\n
    feed      []         []          [first]     [second, ""]

Exercises.  Builds on: `grading`.
What is new here: the mark is two bytes, as in HTTP, so a cut can divide it, and a line may contain
half of it.
Left out: a limit for a line; the end of the stream.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import gave, shown
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea

ONE = "a line in one piece"
PIECES = "a line in several pieces"
SEVERAL = "several lines in one piece"
LETTER = "a letter in two pieces"
MARK = "the mark in two pieces"
HALF = "half a mark inside a line"
CASES = (ONE, PIECES, SEVERAL, LETTER, MARK, HALF)
END = b"\r\n"
SHAPE = "feed returns a list of texts, also for one line or none."


def judge_p3_1(answer: Answer, chance: random.Random) -> Verdict:
    """Check from easy to hard; at last with any cut."""
    for _ in range(2):
        one, two, three = (
            f"{text.name(chance)} {text.phrase(chance, at_most=3)}" for _ in range(3)
        )
        _read(answer, ONE, [_line(one), _line(two)])
        at = chance.randint(1, len(one.split()[0]))
        _read(answer, PIECES, [_line(one)[:at], _line(one)[at:], _line(two)])
        _read(answer, SEVERAL, [_line(one, two, three)])
        _read(answer, SEVERAL, [_line(one, "", two)])
        _read(answer, SEVERAL, [_line(one, two) + three[:2].encode(), _line(three[2:])])
    for letter in "안👋":
        before, after = text.name(chance), text.phrase(chance, at_most=3)
        data, at = _line(before + letter + after), len(before) + 1
        _read(answer, LETTER, [data[:at], data[at:]], "decodes_each_piece")
    one, two = text.name(chance), text.phrase(chance, at_most=3)
    _read(answer, MARK, [_line(one)[:-1], b"\n" + _line(two)], "half_a_mark")
    _read(answer, MARK, [bytes([byte]) for byte in _line(one, two)], "half_a_mark")
    for inside in "\n", "\r", "\n\r":
        odd = one + inside + two
        _read(answer, HALF, [_line(odd, one)], "newline_is_enough")
    for _ in range(3):
        phrases = [text.phrase(chance, at_most=5) for _ in range(6)]
        _read(answer, MARK, _cut(chance, _line(*phrases)))
    if not answer.marks.faulty:
        _two_readers(answer, chance)
    return answer.marks.verdict()


def _read(answer: Answer, case: str, pieces: Sequence[bytes], idea: str = "") -> bool:
    """Feed the pieces to a new reader.  `idea` names a failure, if nothing failed before."""
    marks, known = answer.marks, answer.marks.faulty
    reader = answer.make("Lines")
    if isinstance(reader, Raised):
        return marks.equal(case, reader, [], given="Lines()")
    buffer, before = b"", b""
    for number, piece in enumerate(pieces, 1):
        *complete, buffer = (buffer + piece).split(END)
        expected = [line.decode() for line in complete]
        got = reader.call("feed", piece)
        if same(got, expected):
            before = buffer
            continue
        if not (isinstance(got, Raised) and got.type == "NotImplementedError"):
            name = _idea(got, expected, piece, before)
            if not name and not known:
                name = "half_a_mark" if expected and before.endswith(b"\r") and got == [] else idea
            idea = name
        else:
            idea = ""
        shape = type(got) is list or isinstance(got, Raised)
        return marks.fail(
            case,
            observed=f"{_arrived(pieces[:number])}\nthe last feed {gave(got)}",
            expected=shown(expected),
            idea=idea,
            why=_why(got, expected) if shape else SHAPE,
            raised=got if isinstance(got, Raised) else None,
        )
    return marks.true(case, True)


def _two_readers(answer: Answer, chance: random.Random) -> None:
    """Feed two readers in turns: neither may return bytes that the other keeps."""
    one, two = answer.make("Lines"), answer.make("Lines")
    said = text.phrase(chance, at_most=3)
    for reader, piece, expected in (
        (one, said.encode(), []),
        (two, _line("hello"), ["hello"]),
        (one, END, [said]),
    ):
        got = reader.call("feed", piece)
        if not same(got, expected):
            answer.marks.fail(
                PIECES,
                observed=f"two readers in turn: one of them got {piece!r} and {gave(got)}",
                expected=shown(expected),
                why="They share what they keep. It belongs to each of them, and begins empty in "
                "__init__.",
            )
            return


def _why(got: Any, expected: Sequence[str]) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if isinstance(got, Raised):
        return ""
    if any(type(line) is bytes for line in got):
        return "The lines are text: decode each of them."
    if got == [line for line in expected if line]:
        return "An empty line is a line, too."
    if got == [line + "\r\n" for line in expected]:
        return "The mark belongs to no line: leave it out."
    if len(got) > len(expected) and got[len(got) - len(expected) :] == list(expected):
        return "Each line comes out once. Keep only what stands behind the last mark."
    return ""


def _idea(got: Any, expected: Sequence[str], piece: bytes, before: bytes) -> str:
    """The wrong idea that gives this.  `before`: what was left over from earlier pieces."""
    if isinstance(got, Raised):
        return "decodes_each_piece" if got.type == "UnicodeDecodeError" else ""
    if type(got) is not list or any(type(line) is not str for line in got):
        return ""
    if any("\ufffd" in line for line in got):
        return "decodes_each_piece"
    whole = piece.decode(errors="replace")
    line = whole.removesuffix("\r\n")
    if got in ([whole], [line], [whole.strip()]) and list(expected) != [line] and not before:
        return "one_read_is_one_message"
    if got and got == _lines(before + piece, b"\n"):
        return "newline_is_enough"
    if before and got and got == _lines(piece):
        return "loses_the_rest"
    if len(expected) > 1 and got == expected[:1]:
        return "only_first_message"
    return ""


def _lines(data: bytes, mark: bytes = END) -> list[str]:
    """The complete lines of `data`, as a reader without a buffer returns them."""
    return [line.decode(errors="replace") for line in data.split(mark)[:-1]]


def _line(*texts: str) -> bytes:
    return b"".join(text.encode() + END for text in texts)


def _cut(chance: random.Random, data: bytes) -> list[bytes]:
    pieces = []
    while data:
        size = chance.randint(1, 20)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def _arrived(pieces: Sequence[bytes]) -> str:
    first = "…, " if len(pieces) > 4 else ""
    many = f"{len(pieces)} pieces" if len(pieces) > 1 else "one piece"
    return f"{many}: {first}" + ", ".join(repr(piece) for piece in pieces[-4:])


EXERCISES = (
    Exercise(
        number="p3.1",
        title="Lines from a stream",
        section="mark",
        minutes=9,
        names=("Lines",),
        cases=CASES,
        hints=(
            "The pieces mean nothing. Put each piece behind what was left over, and look for the "
            "mark in all of it. What is behind the last mark is kept for the next piece.",
            'b"a\\r\\nb\\r\\nc".split(b"\\r\\n") gives three parts. Which of them are whole lines, '
            "and what is the last one? Decode a line when it is whole, not before.",
            'self.buffer += piece, then *lines, self.buffer = self.buffer.split(b"\\r\\n"), and '
            "return [line.decode() for line in lines].",
        ),
        wrong_ideas={
            "one_read_is_one_message": WrongIdea(
                "one piece is one message",
                "TCP promises the bytes and their order; it cuts them where it likes. A piece may "
                "be half a line, or three of them. Only the mark tells where a line ends.",
            ),
            "loses_the_rest": WrongIdea(
                "what stands behind the last mark is thrown away",
                "It is the beginning of the next line. Keep it, and put the next piece behind it.",
            ),
            "only_first_message": WrongIdea(
                "one line is taken from a piece, and the others wait",
                "A piece may hold many lines. The ones that wait are shown when the next piece "
                "comes, and after the last piece never. Take lines as long as there is a mark.",
            ),
            "decodes_each_piece": WrongIdea(
                "bytes become text before the line is whole",
                "A piece may end inside a letter, and half a letter is no UTF-8. Keep bytes in the "
                "buffer, look for the mark in the bytes, and decode the whole line.",
            ),
            "half_a_mark": WrongIdea(
                "the mark is looked for in the new piece alone",
                "The mark is two bytes, so a cut can be between them: one piece ends with \\r, the "
                "next begins with \\n. Look for the mark in the buffer, after the piece was put "
                "there.",
            ),
            "newline_is_enough": WrongIdea(
                "one byte of the mark is taken for the mark",
                "Here a line ends with \\r\\n, both bytes. A single \\n or \\r is a byte of the "
                "line, and must come out as it went in. If two programs do not agree on that, "
                "somebody can write lines in another's name.",
            ),
        },
        judge=judge_p3_1,
    ),
)
