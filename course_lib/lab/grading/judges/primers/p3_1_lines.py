"""Judge of exercise p3.1: lines that end with two bytes, from a stream that is cut anywhere.

    pieces    GET / HT | TP/1.1\\r | \\nHost: 안 | 녕\\r\\n\\r\\n
    feed      []         []          [first]     [second, ""]

Exercises.  Builds on: `grading.trial`.
What is new here: the mark is two bytes, as in HTTP, so a cut can divide it, and a line may contain
half of it.
Left out: a limit for a line; the end of the stream.
"""

from __future__ import annotations

import random
import re

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (ONE := "a line in one piece"):
        "feed returns a list of texts, not of bytes. A line is all that stands before the mark, "
        "also spaces. The mark itself is left out.",
    (PIECES := "a line in several pieces"):
        "What is left over after the last mark is the beginning of the next line: put the next "
        "piece after it. While no line is complete, return [].",
    (SEVERAL := "several lines in one piece"):
        "Return each line that is complete, also an empty one, and each of them once. What stands "
        "after the last mark is no line yet.",
    (LETTER := "a letter in two pieces"):
        "Keep bytes. Decode a line when all of it is here, and without the bytes after it.",
    (MARK := "the mark in two pieces"):
        "A piece may end between \\r and \\n. Keep the \\r, and look for the mark in what is kept "
        "and the new piece together.",
    (HALF := "half a mark inside a line"):
        "Only \\r\\n, both bytes in this order, ends a line. Any other \\r or \\n is a part of "
        "the line, also the first \\r of \\r\\r\\n.",
}  # fmt: skip
SHARED = "Two readers share what they keep. It belongs to each of them: make it in __init__."
END = b"\r\n"
MARKS = {"newline": rb"\n", "return": rb"\r", "either": rb"\r\n|\r|\n"}
STRIPS = {"strip": None, "strip marks": END, "strip return": b"\r"}


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.rest = wrong, b""

    def feed(self, piece: bytes) -> list[str]:
        wrong = self.wrong
        if "whole" in wrong:
            return [self._line(piece.removesuffix(END))]
        for how in wrong & {"strict", "ignore", "replace"}:
            piece = piece.decode(errors=how).encode()
        piece = piece.replace(END, b"\n") if "unified" in wrong else piece
        kept = b"" if "no rest" in wrong else self.rest
        *lines, rest = self._split(kept, piece)
        if "first only" in wrong:
            lines, rest = lines[:1], END.join([*lines[1:], rest])
        if "last" in wrong or ("last unless empty" in wrong and rest):
            lines = [*lines, rest]
        self.rest = kept + piece if "again" in wrong else rest
        return [self._line(line) for line in lines if line or "no empty" not in wrong]

    def _split(self, kept: bytes, piece: bytes) -> list[bytes]:
        wrong = self.wrong
        data = piece + kept if "swapped" in wrong else kept + piece
        if "in the piece" in wrong:
            first, *others = piece.split(END)
            return [kept + first, *others]
        if "clean end" in wrong and not data.endswith(END):
            return [data]
        if "splitlines" in wrong:
            parts = data.splitlines()
            return [*parts, b""] if data.endswith(END) else parts or [b""]
        return re.split(next((MARKS[one] for one in wrong if one in MARKS), END), data)

    def _line(self, line: bytes) -> str:
        for sign in self.wrong & STRIPS.keys():
            line = line.strip(STRIPS[sign])
        line = line.removesuffix(b"\r" if "one return" in self.wrong else b"")
        return (line + END if "mark" in self.wrong else line).decode()


def judge_p3_1(answer: Answer, chance: random.Random) -> Verdict:
    """From easy to hard."""
    trial = Trial(answer, chance, Right)

    def stream(case: str, *pieces: bytes) -> None:
        trial.tell(case, [("feed", piece) for piece in pieces])

    one, two, three = (text.name(chance) for _ in range(3))
    said, more = (text.phrase(chance, at_most=3) for _ in range(2))
    stream(ONE, _line(one), _line(said))
    stream(ONE, _line(f"{one} {two}  "))
    stream(PIECES, one[:2].encode(), _line(one[2:]), _line(two))
    trial.play(PIECES, _two_readers)
    stream(SEVERAL, _line(one, two, three), _line(said))
    stream(SEVERAL, _line(one, "", two))
    stream(SEVERAL, _line(one, two) + three[:2].encode(), _line(three[2:]))
    for letter in "안👋":
        for at in range(1, len(letter.encode())):
            data = _line(one + letter + two)
            stream(LETTER, data[: len(one) + at], data[len(one) + at :])
            stream(LETTER, _line(two) + letter.encode()[:at], letter.encode()[at:] + END)
    stream(MARK, _line(one)[:-1], b"\n" + _line(two))
    stream(MARK, _line(one)[:-1], b"\n" + two.encode(), END)
    for size in 1, 2, 7:
        data = _line(said, "", one, more)
        stream(MARK, *[data[at : at + size] for at in range(0, len(data), size)])
    for odd in (f"{one}\n{two}", f"{one}\r{two}", f"{one}\n \r{two}", f"{one}\r", f"{one}\n"):
        stream(HALF, _line(odd, three))
    stream(HALF, f"{one}\r".encode(), _line(two))
    return trial.verdict()


def _two_readers(play: Play) -> None:
    """Two readers in turn: neither may return what the other keeps."""
    readers = {"one": play.make("Lines"), "other": play.make("Lines")}
    for who, piece in (("one", b"hel"), ("other", b"how\r\n"), ("one", b"lo\r\n")):
        play.tell(f"{who}.feed({piece!r})")
        play.see(play.call("feed", piece, on=readers[who]), why=SHARED)


def _line(*lines: str) -> bytes:
    return b"".join(line.encode() + END for line in lines)


EXERCISES = (Exercise(
    number="p3.1", title="Lines from a stream", section="mark", minutes=9, names=("Lines",),
    cases=CASES, judge=judge_p3_1,
    hints=(
        "Put each piece after what was left over, and look for the mark in all of it. What stands "
        "after the last mark is kept for the next piece.",
        'b"a\\r\\nb\\r\\nc".split(b"\\r\\n") gives three parts. Which of them are whole lines, '
        "and what is the last one? Decode whole lines only.",
        'self.buffer += piece, then *lines, self.buffer = self.buffer.split(b"\\r\\n"), and '
        "return [line.decode() for line in lines].",
    ),
    wrong_ideas={
        "one_read_is_one_message": WrongIdea("one piece is one message",
            "TCP cuts where it likes: a piece may be half a line, or three of them. Only the mark "
            "tells where a line ends.", "whole; whole, mark; whole, strip"),
        "loses_the_rest": WrongIdea("what stands after the last mark is thrown away",
            "It is the beginning of the next line: put the next piece after it.", "no rest"),
        "only_first_message": WrongIdea("one line is taken from a piece, and the others wait",
            "The ones that wait are shown when the next piece comes, and after the last piece "
            "never. Take lines as long as there is a mark.", "first only"),
        "decodes_each_piece": WrongIdea("bytes become text before the line is whole",
            "A piece may end inside a letter, and half a letter is no UTF-8. Keep bytes, look for "
            "the mark in them, and decode the whole line.", "strict; ignore; replace"),
        "half_a_mark": WrongIdea("the mark is looked for in the new piece alone",
            "A cut can be inside the mark: one piece ends with \\r, the next begins with \\n. Put "
            "the piece into the buffer first, and look for the mark there.", "in the piece"),
        "newline_is_enough": WrongIdea("one byte of the mark is taken for the mark",
            "A line ends with \\r\\n, both bytes. A single \\n or \\r is a byte of the line. If "
            "two programs do not agree on that, somebody can write lines in another's name. "
            "(splitlines splits at each of them.)",
            "newline; newline, strip; newline, strip return; newline, one return; newline, "
            "unified; return; either; splitlines; splitlines, strict"),
        "waits_for_a_clean_end": WrongIdea(
            "lines are given out only when a piece ends with the mark",
            "A piece may hold a whole line and the beginning of the next one. If you wait for a "
            "piece that ends with the mark, you may wait for ever.", "clean end"),
        "strips_the_line": WrongIdea("strip takes more away than the mark",
            "Spaces, \\r and \\n at its end may be a part of the line. Take away the mark, and "
            "nothing else: split does it.", "strip; strip marks; strip return"),
        "rest_is_a_line": WrongIdea("what stands after the last mark is given out as a line",
            "The next piece goes on with it. Keep it, and give out only what has its mark.",
            "last; last unless empty"),
        "lines_come_again": WrongIdea("a line stays in the buffer after it was given out",
            "Then it comes again with each piece. Keep only what stands after the last mark.",
            "again"),
        "empty_lines_left_out": WrongIdea("an empty line is no line",
            "Two marks with nothing between them are an empty line. In HTTP the head ends there. "
            "Give it out as an empty text.", "no empty"),
    },
    slips={
        "What is kept came first: put the new piece after it.": "swapped",
        "The mark belongs to no line: leave it out.": "mark",
    },
),)  # fmt: skip
