"""Judge of exercise 3.5: where HTTP ends and WebSocket begins, in whatever pieces the bytes come.

    receive("GET /chat HT")                  ─▶  (b"", b"")
    receive("TP/1.1…\\r\\n\\r\\n" + frame)       ─▶  (the whole head, frame)
    receive(another frame)                   ─▶  (b"", another frame)

Exercises.  Builds on: `wire` (heads and frames), `grading`.
What is new here: the judge looks at two results together.  Bytes that are missing in the first and
come with the second were kept too long; bytes that never come were dropped.
Left out: heads without an end; lesson 01 has a limit for them.
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Sequence

from .....wire.http import http11
from .....wire.websocket import frames, handshake
from ... import text
from ...answer import Answer
from ...byte_diff import ByteDiff
from ...exercise import Exercise
from ...marks import diff, shown
from ...sandbox.remote import RemoteObject
from ...sandbox.values import Raised, same
from ...verdict import Verdict, WrongIdea

PIECES = "a head in pieces, then a frame"
BEHIND = "a frame in the same piece as the head"
AFTER = "frames with an empty line in them"
ANYWHERE = "cut anywhere"
CASES = (PIECES, BEHIND, AFTER, ANYWHERE)
Parts = tuple[bytes, bytes]


def judge_3_5(answer: Answer, chance: random.Random) -> Verdict:
    for _ in range(3):
        head, frame = _head(chance), _frame(chance)
        _fed(answer, PIECES, head, [*_cut(chance, head), frame])
        _fed(answer, BEHIND, head, [head + _frame(chance), _frame(chance)])
        half = chance.randrange(1, len(head))
        _fed(answer, BEHIND, head, [head[:half], head[half:] + frame, _frame(chance)])
        tricky = _frame(chance, f"{text.phrase(chance)}\r\n\r\n{text.phrase(chance)}")
        _fed(answer, AFTER, head, [head, tricky, _frame(chance)])
        _fed(answer, AFTER, head, [head + tricky, tricky])
    head, frame = _head(chance), _frame(chance)
    stream = head + frame
    for at in chance.sample(range(1, len(stream)), 40):
        _fed(answer, ANYWHERE, head, [stream[:at], stream[at:]])
    for at in range(len(head) - 4, len(head) + 3):
        _fed(answer, ANYWHERE, head, [stream[:at], stream[at:]])
    _fed(answer, ANYWHERE, head, [bytes([byte]) for byte in stream])
    return answer.marks.verdict()


def _head(chance: random.Random) -> bytes:
    """The head of a client's request, or of a server's response."""
    key = base64.b64encode(chance.randbytes(16)).decode()
    request = handshake.request(f"ws://{text.name(chance)}.example/{text.name(chance)}", key)
    if chance.random() < 0.5:
        return http11.encode_request(request)
    return http11.encode_response(handshake.answer(request))


def _frame(chance: random.Random, said: str = "") -> bytes:
    payload = (said or text.phrase(chance)).encode()
    return frames.encode(frames.Frame(frames.Opcode.TEXT, payload))


def _cut(chance: random.Random, data: bytes) -> list[bytes]:
    """Two to five pieces, one of which may begin inside the empty line."""
    places = {chance.randrange(1, len(data)) for _ in range(3)} | {len(data) - 2}
    edges = [0, *sorted(places), len(data)]
    return [data[start:stop] for start, stop in itertools.pairwise(edges)]


def _expected(head: bytes, pieces: Sequence[bytes]) -> list[Parts]:
    found, came = list[Parts](), 0
    for piece in pieces:
        before, came = came, came + len(piece)
        whole = head if before < len(head) <= came else b""
        found.append((whole, piece[max(0, len(head) - before) :]))
    return found


def _fed(answer: Answer, case: str, head: bytes, pieces: Sequence[bytes]) -> bool:
    """Feed the pieces to a new Switch, one after another, and compare the results."""
    marks, wanted = answer.marks, _expected(head, pieces)
    switch = answer.make("Switch")
    if not isinstance(switch, RemoteObject):
        return marks.equal(case, switch, "a Switch", given="Switch()")
    got: list[object] = []
    for piece in pieces:
        got.append(switch.call("receive", piece))
        if isinstance(got[-1], Raised):
            break
    at = next((n for n, said in enumerate(got) if not same(said, wanted[n])), None)
    if at is None:
        return marks.true(case, True)
    said, right = got[at], wanted[at]
    return marks.fail(
        case,
        observed=f"{_story(pieces[: at + 1])} gave {shown(said)}",
        expected=shown(right),
        idea=_idea(got, wanted, at),
        diff=_diff(said, right),
        why=_why(said, right),
        raised=said if isinstance(said, Raised) else None,
    )


def _idea(got: list[object], wanted: list[Parts], at: int) -> str:
    """The head is right and the bytes after it are missing: do they come with the next piece?"""
    said, right = got[at], wanted[at]
    if not right[0] or not right[1] or not same(said, (right[0], b"")) or at + 1 >= len(got):
        return ""
    later, new = got[at + 1], wanted[at + 1][1]
    if same(later, (b"", right[1] + new)):
        return "waits_for_next_read"
    return "drops_the_rest" if same(later, (b"", new)) else ""


def _parts(said: object) -> bool:
    return isinstance(said, tuple) and len(said) == 2 and all(type(part) is bytes for part in said)


def _diff(said: object, right: Parts) -> ByteDiff | None:
    """The difference of the heads, or of the frames if the heads are equal."""
    if not isinstance(said, tuple) or not _parts(said):
        return None
    return diff(said[0], right[0]) or diff(said[1], right[1])


def _why(said: object, right: Parts) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if isinstance(said, Raised):
        return ""
    if not isinstance(said, tuple) or not _parts(said):
        return "receive returns a tuple of two values, both of them bytes: (head, frames)."
    if right[0] and said[1] and not said[0]:
        return "On each connection a head comes first. What a Switch remembers belongs to self."
    if b"".join(said) == b"".join(right):
        return "The head ends behind the four bytes of the empty line; frames begin there."
    if said[0] and not right[0]:
        return "The head is returned once, whole, in the call in which its last byte comes."
    if right[0] and not said[0]:
        return (
            "Look for the empty line, \\r\\n\\r\\n, which may be cut in two: in all that has come, "
            "not in the new piece alone."
        )
    if said[0] + b"\r\n\r\n" == right[0]:
        return "The empty line belongs to the head."
    if said[0] == right[0]:
        return "What lies behind the head is returned as it came, once, in the same call."
    return ""


def _story(pieces: Sequence[bytes]) -> str:
    short = [repr(p if len(p) < 48 else p[:16] + "…".encode() + p[-26:]) for p in pieces[-3:]]
    more = f"after {len(pieces) - 3} pieces, " if len(pieces) > 3 else ""
    return f"{more}receive of " + ", then of ".join(short).replace("\\xe2\\x80\\xa6", " … ")


EXERCISES = (
    Exercise(
        number="3.5",
        title="Behind the head",
        section="first",
        minutes=10,
        names=("Switch",),
        cases=CASES,
        hints=(
            "What do you have to remember from one piece to the next while the head is not whole? "
            "And what when it is?",
            "Keep what has come in one bytes object. Look for the empty line in all of it, not in "
            "the new piece alone: it may be cut in two. Everything behind it is the frames of this "
            "very call.",
            'In receive: if self.done: return b"", data. self.buffer += data; at = '
            'self.buffer.find(b"\\r\\n\\r\\n"). If at < 0: return b"", b"". Otherwise '
            "self.done = True, and return self.buffer[:at + 4], self.buffer[at + 4:].",
        ),
        wrong_ideas={
            "drops_the_rest": WrongIdea(
                "what comes behind the head is thrown away",
                "A piece may hold the end of HTTP and the beginning of WebSocket. The bytes behind "
                "the empty line are a frame, or a part of one, and nobody will send them again.",
            ),
            "waits_for_next_read": WrongIdea(
                "what comes behind the head is kept until more comes",
                "The frame has arrived. If nothing else does, nobody looks at it: the greeting of "
                "a quiet server is read an hour late. Return it in the same call as the head.",
            ),
        },
        judge=judge_3_5,
    ),
)
