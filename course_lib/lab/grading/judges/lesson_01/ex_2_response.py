"""Judge of exercise 1.2: the answer reads responses from a connection that stays open.

    pieces    HTTP/1.1 2 | 00 OK\\r\\nContent-Le | ngth: 6\\r\\n\\r\\n안녕HTTP/1.1 | 200 …
    reader    read(n), read_until(separator), read_exactly(n), as net.stream has them

Exercises.  Builds on: `grading`, `wire.http.http11` (which writes the responses).
What is new here: the connection never ends.  A read after the last byte would wait for ever, so the
peer raises TimeoutError, which says that.
Left out: chunked bodies.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .....wire.http import http11
from ... import text
from ...answer import Answer
from ...byte_diff import ByteDiff
from ...exercise import Exercise
from ...marks import brief, diff, gave, hint_of_type, shown
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea

WHOLE = "one response, in one piece"
PIECES = "one response, in pieces"
TWO = "two responses on one connection"
NAMES = "header names in other letters"
CASES = (WHOLE, PIECES, TWO, NAMES)
FOR_EVER = "nothing more comes, and the connection stays open: this read waits for ever"


class Reader:
    """A connection on which these pieces arrive, and then nothing."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.buffer = b""
        self.taken = 0  # bytes given to the answer
        self.stuck = False  # the answer asked for more than will ever arrive

    def read(self, n: int = 65536) -> bytes:
        """1 to `n` bytes: what has arrived, at most one piece."""
        if not self.buffer:
            self._arrive()
        return self._take(max(1, n) if n >= 0 else len(self.buffer))

    def read_until(self, separator: bytes) -> bytes:
        while separator not in self.buffer:
            self._arrive()
        return self._take(self.buffer.index(separator) + len(separator))

    def read_exactly(self, n: int) -> bytes:
        while len(self.buffer) < n:
            self._arrive()
        return self._take(n)

    def _arrive(self) -> None:
        if not self.pieces:
            self.stuck = True
            raise TimeoutError(FOR_EVER)
        self.buffer += self.pieces.pop(0)

    def _take(self, n: int) -> bytes:
        taken, self.buffer = self.buffer[:n], self.buffer[n:]
        self.taken += len(taken)
        return taken


class Said:
    """A response that the server sends, with the headers' names in the spelling of `spell`."""

    def __init__(self, chance: random.Random, spell: str = "") -> None:
        self.status = chance.choice([200, 200, 201, 404, 500])
        self.body = f"{text.phrase(chance, at_most=4)}\r\n\r\n{text.name(chance)}".encode()
        names = ("Content-Type", "Content-Length")
        values = ("text/plain; charset=utf-8", str(len(self.body)))
        pairs = [*zip(names, values, strict=True), ("X-Trace", text.name(chance))]
        chance.shuffle(pairs)
        headers = http11.Headers([(_spelt(name, spell), value) for name, value in pairs])
        self.data = http11.encode_response(http11.Response(self.status, headers, self.body))

    @property
    def meaning(self) -> tuple[int, bytes]:
        return self.status, self.body


def judge_1_2(answer: Answer, chance: random.Random) -> Verdict:
    """Read responses, from easy to hard; each case adds one difficulty.

    An answer that fails an easier case fails the harder ones, too, so their ideas are not named.
    """
    marks = answer.marks
    for _ in range(2):
        said = Said(chance)
        _read(answer, WHOLE, [said.data], [said], "read_until_close")
    idea = "" if marks.faulty else "one_read_is_one_message"
    for _ in range(3):
        said = Said(chance)
        middle = chance.randrange(len(said.data) - len(said.body) + 1, len(said.data))
        pieces = [said.data[:middle], said.data[middle:]]
        _read(answer, PIECES, pieces, [said], idea)
        _read(answer, PIECES, _cut(chance, said.data), [said], idea)
    idea = "" if marks.faulty else "eats_next_response"
    for _ in range(2):
        pair = [Said(chance), Said(chance)]
        stream = pair[0].data + pair[1].data
        for pieces in ([stream], _cut(chance, stream)):
            _read(answer, TWO, pieces, pair, idea)
    idea = "" if marks.faulty else "case_sensitive_header"
    for spell in ("lower", "upper", "mixed"):
        said = Said(chance, spell)
        _read(answer, NAMES, [said.data], [said], idea)
    return marks.verdict()


def _read(
    answer: Answer, case: str, pieces: Sequence[bytes], said: Sequence[Said], idea: str
) -> bool:
    """Call `read_response` for each response; `idea` is the wrong idea that this case looks for."""
    marks, reader, end = answer.marks, Reader(pieces), 0
    lent = answer.peer(reader, "read", "read_until", "read_exactly", waits=True)
    for number, response in enumerate(said, 1):
        got = answer.call("read_response", lent)
        end += len(response.data)
        if same(got, response.meaning) and reader.taken == end and not reader.stuck:
            continue
        if isinstance(got, Raised) and got.type == "NotImplementedError":
            return marks.equal(case, got, response.meaning)
        return marks.fail(
            case,
            observed=f"{_arrived(pieces)}\nread_response number {number} "
            + (f"read on at the end: {FOR_EVER}" if reader.stuck else f"{gave(got)}")
            + (f"\nand took {reader.taken} bytes" if not reader.stuck else ""),
            expected=f"{shown(response.meaning)}, which is the first {end} bytes",
            idea=_named(idea, reader, end),
            why=_why(got, response),
            diff=_bodies(got, response),
            raised=got if isinstance(got, Raised) else None,
        )
    return marks.true(case, True)


def _why(got: Any, response: Said) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    body = got[1] if isinstance(got, tuple) and len(got) == 2 else None
    if type(body) is bytes and body.endswith(b"\r\n\r\n") and response.body.startswith(body):
        return "A body may hold an empty line, too. Content-Length says where it ends."
    return hint_of_type(got, response.meaning)


def _bodies(got: Any, response: Said) -> ByteDiff | None:
    return diff(got[1], response.body) if isinstance(got, tuple) and len(got) == 2 else None


def _named(idea: str, reader: Reader, end: int) -> str:
    """`idea`, if it fits the number of bytes that the answer took; otherwise empty."""
    signs = {
        "read_until_close": reader.stuck,
        "one_read_is_one_message": not reader.stuck and 0 < reader.taken < end,
        "eats_next_response": reader.taken > end or reader.stuck,
        "case_sensitive_header": True,
    }
    return idea if signs.get(idea) else ""


def _cut(chance: random.Random, data: bytes) -> list[bytes]:
    """Pieces of 1 to 40 bytes."""
    pieces = []
    while data:
        size = chance.randint(1, 40)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def _spelt(name: str, spell: str) -> str:
    mixed = "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(name))
    return {"lower": name.lower(), "upper": name.upper(), "mixed": mixed}.get(spell, name)


def _arrived(pieces: Sequence[bytes]) -> str:
    first = ", ".join(brief(piece, 60) for piece in pieces[:3])
    many = f"{len(pieces)} pieces" if len(pieces) > 1 else "one piece"
    return f"{many} arrived: {first}" + (", …" if len(pieces) > 3 else "")


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
                "With keep-alive the connection stays open for the next question. The response "
                "ends after Content-Length bytes; who reads further waits for ever.",
            ),
            "eats_next_response": WrongIdea(
                "what was read too much is thrown away",
                "The bytes behind the body are the beginning of the next response. Take no more "
                "from the reader than this response has: up to the empty line, then exactly "
                "Content-Length bytes.",
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
