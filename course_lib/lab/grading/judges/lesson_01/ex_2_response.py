"""Judge of exercise 1.2: the answer reads responses from a connection that stays open.

    pieces    HTTP/1.1 2 | 00 OK\\r\\nContent-Le | ngth: 6\\r\\n\\r\\n안녕HTTP/1.1 | 200 …
    reader    read(n), read_until(separator), read_exactly(n), as net.stream has them

Exercises.  Builds on: `grading.trial`.
What is new here: the connection never ends.  A read after the last byte would wait for ever, so the
reader raises TimeoutError, and remembers it.  Left out: chunked bodies.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from ...marks import brief
from ...sandbox.values import same
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    "one response, in one piece":
        "The status is the second word of the first line, as a number. The body begins right "
        "after the empty line, b'\\r\\n\\r\\n'. Content-Length says how many bytes the body alone "
        "has. Return them as they came.",
    "one response, in pieces":
        "A read may give a part of the response, cut anywhere. Read on until the empty line is "
        "there, and then until the body is whole.",
    "two responses on one connection":
        "Read the bytes of this response alone: up to the empty line, then as many as "
        "Content-Length says, and none if it is 0. The next call needs the others.",
    "header names in other letters":
        "A header's name may be in small letters or in capitals: compare name.lower().",
    "header lines in other forms":
        "There may be any number of header lines. A name is all that stands before the first "
        "colon of its line: X-Content-Length is another header. A space need not follow the "
        "colon, and a value may be anything, also with colons, or with Content-Length in it.",
}  # fmt: skip
WHOLE, PIECES, TWO, NAMES, FORMS = CASES
END = b"\r\n\r\n"
USUAL = ("Content-Type: text/plain", "Content-Length: {}", "X-Trace: 7f")
OTHER_FORMS = [
    ("Content-Type:text/plain", "Content-Length:{}", "X-Trace:noon: 12:30"),
    ("Content-Length: {}",),
    ("X-Content-Length: 3", "Content-Length: {}"),
    ("Content-Length: {}", "Old-Content-Length: 3"),
    ("X-Note: Content-Length: 7", "Content-Length: {}"),
    ("Content-Length: {}", "X-Note: Content-Length: 7"),
]
Said = tuple[bytes, tuple[int, bytes]]  # a response, and what it says: status and body


class Reader:
    """Pieces arrive, and then nothing.  `taken`: bytes given out; `stuck`: the call that waits."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces, self.buffer, self.taken, self.stuck = [*pieces], b"", 0, ""

    def read(self, n: int = 65536) -> bytes:
        return self._take("read", lambda: min(n, len(self.buffer)))

    def read_until(self, separator: bytes) -> bytes:
        name, more = f"read_until({separator!r})", len(separator)
        return self._take(name, lambda: (self.buffer + separator).index(separator) + more)

    def read_exactly(self, n: int) -> bytes:
        return self._take("read_exactly", lambda: n) if n else b""

    def _take(self, call: str, size: Callable[[], int]) -> bytes:
        """Wait until as many bytes are here as `size` says, and one at least."""
        while not 0 < size() <= len(self.buffer):
            if not self.pieces:
                self.stuck = self.stuck or call
                raise TimeoutError("nothing more comes, and the connection stays open")
            self.buffer += self.pieces.pop(0)
        taken, self.buffer = self.buffer[: size()], self.buffer[size() :]
        self.taken += len(taken)
        return taken


async def right(reader: Any, wrong: Wrong) -> tuple[int, bytes]:
    """The answer, with a switch for each mistake."""
    data = await reader.read() if "one read" in wrong else b""
    while "to the end" in wrong or ("ahead" in wrong and END not in data):
        data += await reader.read()
    head, _, body = (data or await reader.read_until(END)).partition(END)
    first, *lines = head.decode("latin-1").split("\r\n")
    length = _length(lines, wrong)
    most = length if "limited" in wrong else 65536
    if "some of the body" in wrong:
        body = await reader.read(most)
    elif wrong & {"ahead", "without limit"}:
        while len(body) < length:
            body += await reader.read(most)
    elif "characters" in wrong:
        while len(body.decode(errors="ignore")) < length:
            body += await reader.read(1)
    elif "one read" not in wrong:
        body = await reader.read_exactly(length)
    return int(first.split(" ")[1]), body[:length] if wrong & {"cut", "ahead"} else body


def _length(lines: list[str], wrong: Wrong) -> int:
    """Content-Length, with the mistakes of whoever looks for it."""
    fields = [line.partition(":")[::2] for line in lines]
    for place in wrong & {"0", "-1"}:
        return int(fields[int(place)][1])
    names = {"Content-Length", "content-length" if "two spellings" in wrong else ""}
    exact = wrong & {"as I write it", "two spellings"}
    found = [value for name, value in fields if (name if exact else name.title()) in names]
    return int(found[0]) if found or "or 0" not in wrong else 0


def judge_1_2(answer: Answer, chance: random.Random) -> Verdict:
    """Read responses, from easy to hard; each case adds one difficulty."""
    trial = Trial(answer, chance, right)

    def play(case: str, ends: Iterable[int], *said: Said, rough: bool = False) -> None:
        data = b"".join(one for one, _ in said)
        pieces = [data[start:end] for start, end in itertools.pairwise([0, *ends, len(data)])]
        trial.play(case, partial(_story, pieces, said, rough))

    kind, length, trace = USUAL
    play(WHOLE, [], _said(chance))
    play(WHOLE, [], _said(chance, "404 Not Found", [length, kind, trace]))
    play(WHOLE, [], _said(chance, lines=[kind, trace, length], phrases=12))
    for one in (_said(chance, phrases=2), _said(chance, "404 Not Found", phrases=2)):
        body, end = one[0].index(END) + 4, len(one[0])
        play(PIECES, [body], one)
        play(PIECES, [chance.randrange(body + 1, end)], one)
        play(PIECES, [chance.randrange(20, body - 2)], one, rough=True)
        play(PIECES, range(3, end, 3), one, rough=True)
    for phrases in (0, 1):
        pair = _said(chance, phrases=phrases), _said(chance, "500 Internal Server Error")
        play(TWO, [], *pair)
        play(TWO, [len(pair[0][0]) - 3], *pair)
    for spell in (str.lower, str.upper, str.swapcase):
        play(NAMES, [], _said(chance, lines=[spell(line) for line in USUAL]))
    for lines in OTHER_FORMS:
        play(FORMS, [], _said(chance, lines=lines))
    return trial.verdict()


def _said(
    chance: random.Random, status: str = "200 OK", lines: Sequence[str] = USUAL, phrases: int = 1
) -> Said:
    words = " ".join(text.phrase(chance, at_most=4) for _ in range(phrases))
    body = f"{words}\r\n\r\n{text.name(chance)} \n".encode() if phrases else b""
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines]).format(len(body))
    return head.encode() + END + body, (int(status[:3]), body)


def _story(pieces: Sequence[bytes], several: Sequence[Said], rough: bool, play: Play) -> None:
    """Call `read_response` for each response.

    If `rough`, or if too much was taken, how wrong a result is depends on where the bytes were cut.
    """
    reader, end = Reader(pieces), 0
    lent = play.lend(reader, "read", "read_until", "read_exactly", waits=True)
    first = ", ".join(brief(piece, 60 if pieces[1:] else 80) for piece in pieces[:3])
    many = f"{len(pieces)} pieces" if pieces[1:] else "one piece"
    play.tell(f"{many} arrived: {first}" + (", …" if pieces[3:] else ""))
    for data, meaning in several:
        rough = rough or reader.taken > end
        got: Any = play.call("read_response", lent)
        end += len(data)
        right = same(got, meaning) and not reader.stuck
        said = shown(got) if isinstance(got, Raised) else f"the result is {shown(got)}"
        if reader.stuck:
            got, said = None, f"it waits for ever in {reader.stuck}: nothing more comes"
        play.see(got, counts="wrong" if rough and not right else reader.stuck or None, text=said)
        if not right:
            return
        said = f"read_response has taken {reader.taken} bytes, and this response ends after {end}"
        play.see(None, counts="more" if reader.taken > end else "exact", text=said)


EXERCISES = (Exercise(
    number="1.2", title="Read a response", section="one-connection", minutes=10,
    names=("read_response",), cases=CASES, judge=judge_1_2,
    hints=(
        "The connection stays open, and a piece is no message. What tells you where the head "
        "ends, and what tells you where the body ends?",
        "Read up to the empty line, with it, and no further. Find Content-Length in those lines, "
        "in any letters. Then read exactly that many bytes.",
        'head = await reader.read_until(b"\\r\\n\\r\\n"); split head.decode() at "\\r\\n". For '
        'each header line: name, _, value = line.partition(":"); compare name.lower() with '
        '"content-length". Then body = await reader.read_exactly(int(value)).',
    ),
    wrong_ideas={
        "one_read_is_one_message": WrongIdea("one read gives one whole message",
            "A read gives what has arrived, and that may be half a response, above all on real "
            "networks. Read on until the length is there.",
            "one read; one read, cut; some of the body; some of the body, cut; some of the body, "
            "limited"),
        "read_until_close": WrongIdea("the response ends when the connection ends",
            "With keep-alive the connection stays open. The response ends after Content-Length "
            "bytes, and whoever reads further waits for ever.", "to the end"),
        "eats_next_response": WrongIdea("what was read too much is thrown away",
            "They begin the next response. Take no more from the reader than this one has: up to "
            "the empty line, then exactly Content-Length bytes.",
            "ahead; without limit, cut; without limit, limited, cut"),
        "length_in_characters": WrongIdea("the length counts characters",
            "Content-Length counts bytes, and a Hangul syllable has three. As many characters end "
            "in the next response, or never come.", "characters"),
        "header_at_a_fixed_place": WrongIdea("Content-Length stands in a fixed place",
            "A server writes any headers in any order. Look at the name of each line.", "0; -1"),
        "case_sensitive_header": WrongIdea("header names are compared letter by letter",
            "Content-Length, content-length and CONTENT-LENGTH are one name: name.lower().",
            "as I write it; as I write it, or 0; two spellings; two spellings, or 0"),
    },
),)  # fmt: skip
