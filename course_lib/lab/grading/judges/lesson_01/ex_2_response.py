"""Judge of exercise 1.2: the answer reads responses from a connection that stays open.

    pieces    HTTP/1.1 2 | 00 OK\\r\\nContent-Le | ngth: 6\\r\\n\\r\\n안녕HTTP/1.1 | 200 …
    reader    read(n), read_until(separator), read_exactly(n), as net.stream has them

Exercises.  Builds on: `grading.trial`, `wire.http.http11` (which writes the responses).
What is new here: the connection never ends.  A read after the last byte would wait for ever, so the
reader raises TimeoutError, and remembers it.
Left out: chunked bodies.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .....wire.http import http11
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import brief, shown
from ...sandbox.values import Raised, same
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (WHOLE := "one response, in one piece"): (
        "The status is the second word of the first line, as a number. The body begins after the "
        "empty line. The header Content-Length, in small letters or in capitals, says how many "
        "bytes it has."
    ),
    (PIECES := "one response, in pieces"): (
        "A read may give a part of the response, cut anywhere. Read on until the empty line is "
        "there, and then until the body is whole."
    ),
    (TWO := "two responses on one connection"): (
        "Ask the reader for the bytes of this response alone: up to the empty line, then as many "
        "as Content-Length says, and none if it is 0. The next call needs the others."
    ),
    (NAMES := "header names in other letters"): (
        "A header's name may be in small letters or in capitals: compare name.lower()."
    ),
    (FORMS := "header lines in other forms"): (
        "There may be any number of header lines. Each is cut at its first colon: a space need not "
        "follow, and more colons may stand in the value."
    ),
}
NAME, END = "content-length", b"\r\n\r\n"


class Reader:
    """A connection on which these pieces arrive, and then nothing."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces, self.buffer = [*pieces], b""
        self.taken = 0  # bytes given to the answer
        self.stuck = ""  # the call that asked for more than will ever arrive

    def read(self, n: int = 65536) -> bytes:
        """1 to `n` bytes: what has arrived, at most one piece."""
        if n < 1:
            raise ValueError(f"read at least one byte, not {n}; until the end: read in a loop")
        self._wait(bool, "read")
        return self._take(n)

    def read_until(self, separator: bytes) -> bytes:
        self._wait(lambda buffer: separator in buffer, f"read_until({separator!r})")
        return self._take(self.buffer.index(separator) + len(separator))

    def read_exactly(self, n: int) -> bytes:
        if n < 0:
            raise ValueError(f"read zero or more bytes, not {n}")
        self._wait(lambda buffer: len(buffer) >= n, "read_exactly")
        return self._take(n)

    def _wait(self, enough: Callable[[bytes], bool], call: str) -> None:
        while not enough(self.buffer):
            if not self.pieces:
                self.stuck = self.stuck or call
                raise TimeoutError("nothing more comes, and the connection stays open")
            self.buffer += self.pieces.pop(0)

    def _take(self, n: int) -> bytes:
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        self.taken += len(taken)
        return taken


async def right(reader: Any, wrong: Wrong) -> tuple[int, bytes]:
    """The answer, with a switch for each mistake."""
    data = await reader.read() if "one read" in wrong else b""
    while "to the end" in wrong or ("ahead" in wrong and END not in data):
        data += await reader.read()
    end = b"\n\n" if "LF alone" in wrong else END
    head, _, body = (data or await reader.read_until(end)).partition(end)
    first, *lines = head.decode("latin-1").split("\r\n")
    if "reason of one word" in wrong and first.count(" ") != 2:
        raise ValueError
    length = size = _length(lines, wrong)
    if "head counted" in wrong:
        size = max(length - len(head + END), 0 if "or none" in wrong else -length)
    if "line more" in wrong:
        await reader.read_until(b"\r\n")
    if "until an empty line" in wrong:
        body = await reader.read_until(END)
    elif "some of the body" in wrong:
        body = await reader.read(length if "limited" in wrong else 65536)
    elif "ahead" in wrong or "without limit" in wrong:
        while len(body) < length:
            body += await reader.read(length if "all of it" in wrong else 65536)
    elif "characters" in wrong:
        while len(body.decode(errors="ignore")) < length:
            body += await reader.read(1)
    elif "one read" not in wrong:
        body = await (reader.read if "zero" in wrong and not size else reader.read_exactly)(size)
    if "cut" in wrong or "ahead" in wrong:
        body = body[:length]
    body = head + END + body if "head kept" in wrong else body
    return int(first.split(" ")[1]), body.strip() if "stripped" in wrong else body


def _length(lines: list[str], wrong: Wrong) -> int:
    """Content-Length, with the mistakes of whoever looks for it."""
    if "colon and space" in wrong and any(line.count(": ") != 1 for line in lines):
        raise ValueError
    if place := wrong & {"0", "-1"}:
        return int(lines[int(*place)].partition(":")[2])
    known = {"Content-Length", NAME} if "two spellings" in wrong else {"Content-Length"}
    exact = "as I write it" in wrong or "two spellings" in wrong
    found = [value for name, _, value in (line.partition(":") for line in lines)
             if (name in known if exact else name.lower() == NAME)]  # fmt: skip
    return int(found[0]) if found or "or 0" not in wrong else 0


IDEAS = {
    "one_read_is_one_message": [
        "one read", "one read, cut", "some of the body", "some of the body, cut",
        "some of the body, limited",
    ],
    "read_until_close": ["to the end"],
    "eats_next_response": ["ahead", "without limit, cut", "without limit, all of it, cut"],
    "case_sensitive_header": [
        "as I write it", "as I write it, or 0", "two spellings", "two spellings, or 0"
    ],
    "length_in_characters": ["characters"],
    "header_at_a_fixed_place": ["0", "-1"],
}  # fmt: skip
SLIPS = {
    "read(n) gives up to n bytes, also those of the next response. Ask for no more than the body "
    "still lacks.": ["without limit", "without limit, all of it"],
    "The lines of the head end with \\r\\n, and the empty line is b'\\r\\n\\r\\n'.": ["LF alone"],
    "A body may hold an empty line, too. Content-Length says where it ends.": [
        "until an empty line"
    ],
    "The reason after the status may have several words, as in 404 Not Found.": [
        "reason of one word"
    ],
    "Cut a header line at its first colon: there may be others, and a space need not follow. "
    "line.partition(':') does that.": ["colon and space"],
    "Content-Length counts the bytes of the body alone, and not those of the head.": [
        "head counted", "head counted, or none"
    ],
    "The body comes right after the empty line: no other line stands between them.": ["line more"],
    "The body is what comes after the empty line. The head does not belong to it.": ["head kept"],
    "The body is given back as it came, with its spaces and line ends.": ["stripped"],
    "Content-Length may be 0. Then there is nothing to read: do not wait for a byte.": ["zero"],
}  # fmt: skip


class Said:
    """A response that the server sends.  `size`: phrases in its body; `at`: where its length is."""

    def __init__(
        self, chance: random.Random, status: int = 200, size: int = 1, at: int = 1,
        spell: Callable[[str], str] = str, colon: str = ": ", value: str = "", count: int = 3,
    ) -> None:  # fmt: skip
        words = " ".join(text.phrase(chance, at_most=4) for _ in range(size))
        body = f"{words}\r\n\r\n{text.name(chance)} \n".encode() if size else b""
        pairs = [("Content-Type", "text/plain"), ("X-Trace", value or text.name(chance))]
        pairs.insert(at, ("Content-Length", str(len(body))))
        lines = [f"HTTP/1.1 {status} {http11.REASONS[status]}",
                 *(f"{spell(name)}{colon}{value}" for name, value in pairs[-count:])]  # fmt: skip
        self.data = "\r\n".join(lines).encode() + END + body
        self.meaning = status, body


def judge_1_2(answer: Answer, chance: random.Random) -> Verdict:
    """Read responses, from easy to hard; each case adds one difficulty."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS)

    def play(case: str, ends: Sequence[int], *said: Said, rough: bool = False) -> None:
        data = b"".join(one.data for one in said)
        pieces = [data[start:end] for start, end in itertools.pairwise([0, *ends, len(data)])]
        trial.play(case, partial(_story, pieces, said, rough))

    for one in (Said(chance), Said(chance, 404, at=0), Said(chance, size=12, at=2)):
        play(WHOLE, [], one)
    for status in (200, 404):
        one = Said(chance, status, size=2)
        body, end = one.data.index(END) + 4, len(one.data)
        play(PIECES, [body], one)
        play(PIECES, [chance.randrange(body + 1, end)], one)
        play(PIECES, [chance.randrange(20, body - 2)], one, rough=True)
        play(PIECES, range(3, end, 3), one, rough=True)
    for size in (0, 1):
        pair = Said(chance, size=size), Said(chance, 500)
        play(TWO, [], *pair)
        play(TWO, [len(pair[0].data) - 3], *pair)
    for spell in (str.lower, str.upper, str.swapcase):
        play(NAMES, [], Said(chance, spell=spell))
    for status in (200, 404):
        play(FORMS, [], Said(chance, status, colon=":", value=f"{text.name(chance)}: 12:30"))
    play(FORMS, [], Said(chance, at=2, count=1))
    return trial.verdict()


def _story(pieces: Sequence[bytes], several: Sequence[Said], rough: bool, play: Play) -> None:
    """Call `read_response` for each response, until one is wrong.

    What comes out after too much was taken, or if `rough`, is right or wrong: how wrong it is
    depends on where the bytes were cut.
    """
    reader, end = Reader(pieces), 0
    lent = play.lend(reader, "read", "read_until", "read_exactly", waits=True)
    first = ", ".join(brief(piece, 60 if pieces[1:] else 80) for piece in pieces[:3])
    many = f"{len(pieces)} pieces" if pieces[1:] else "one piece"
    play.tell(f"{many} arrived: {first}" + (", …" if pieces[3:] else ""))
    for said in several:
        rough = rough or reader.taken > end
        got: Any = play.call("read_response", lent)
        end += len(said.data)
        right = same(got, said.meaning) and not reader.stuck
        text = shown(got) if isinstance(got, Raised) else f"the result is {shown(got)}"
        if reader.stuck:
            got, text = None, f"it waits for ever in {reader.stuck}: nothing more comes"
        counts = "wrong" if rough and not right else reader.stuck or None
        play.see(got, counts=counts, text=text)
        if not right:
            return
        text = f"read_response has taken {reader.taken} bytes, and this response ends after {end}"
        play.see(None, counts="more" if reader.taken > end else "exact", text=text)


EXERCISES = (
    Exercise(
        number="1.2",
        title="Read a response",
        section="one-connection",
        minutes=10,
        names=("read_response",),
        cases=CASES,
        hints=(
            "The connection stays open after the response, and a piece is no message. What tells "
            "you where the head ends, and what tells you where the body ends?",
            "Read up to and including the empty line, and no further. Find Content-Length in those "
            "lines; a name may be written in any letters. Then read exactly that many bytes.",
            'head = await reader.read_until(b"\\r\\n\\r\\n"); split head.decode() at "\\r\\n". '
            'For each header line: name, _, value = line.partition(":"); compare name.lower() with '
            '"content-length". Then body = await reader.read_exactly(int(value)).',
        ),
        wrong_ideas={
            "one_read_is_one_message": WrongIdea(
                "one read gives one whole message",
                "A connection is a stream of bytes. A read gives what has arrived, and that may be "
                "half a response: read on until the length is there. On your own computer one read "
                "often has it all, so this mistake shows on real networks first.",
            ),
            "read_until_close": WrongIdea(
                "the response ends when the connection ends",
                "With keep-alive the connection stays open for the next request. The response "
                "ends after Content-Length bytes. Whoever reads further waits for ever.",
            ),
            "eats_next_response": WrongIdea(
                "what was read too much is thrown away",
                "The bytes after the body are the beginning of the next response. Take no more "
                "from the reader than this response has: up to the empty line, then exactly "
                "Content-Length bytes.",
            ),
            "length_in_characters": WrongIdea(
                "the length counts characters",
                "Content-Length counts bytes, and a Hangul syllable has three. Whoever waits for "
                "as many characters reads on into the next response, or waits for ever.",
            ),
            "header_at_a_fixed_place": WrongIdea(
                "Content-Length stands in a fixed place",
                "A server writes its headers in any order, and others than you have seen. Look at "
                "the name of each line, and take the value of Content-Length.",
            ),
            "case_sensitive_header": WrongIdea(
                "header names are compared letter by letter",
                "Content-Length, content-length and CONTENT-LENGTH are one name. Compare "
                "name.lower().",
            ),
        },
        judge=judge_1_2,
    ),
)
