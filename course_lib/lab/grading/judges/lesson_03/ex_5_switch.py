"""Judge of exercise 3.5: where HTTP ends and WebSocket begins, in whatever pieces the bytes come.

    receive("GET /chat HT")                  ─▶  (b"", b"")
    receive("TP/1.1…\\r\\n\\r\\n" + frame)       ─▶  (the whole head, frame)
    receive(another frame)                   ─▶  (b"", another frame)

Exercises.  Builds on: `grading.trial`, `wire` (heads and frames).
What is new here: head and frames of each result are two things to see, so bytes that are late and
bytes that never come differ in what the next call shows.
Left out: heads without an end; lesson 01 has a limit for them.
"""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from .....wire.http import http11
from .....wire.websocket import frames, handshake
from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...sandbox.values import Raised
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (PIECES := "a head in pieces, then a frame"): (
        "Keep what has come until the empty line is whole. Then return the head, once, and from "
        "then on each piece as it is."
    ),
    (BEHIND := "a frame in the same piece as the head"): (
        "The head ends with the four bytes of the empty line. What comes after them in this piece "
        "is returned as it came, in the same call."
    ),
    (AFTER := "frames with an empty line in them"): (
        "The first empty line ends the head. After it, nothing means anything: return all bytes "
        "as they came, whatever is in them."
    ),
    (ANYWHERE := "cut anywhere"): (
        "A piece may end between any two bytes, in the middle of the empty line, too. No byte may "
        "be lost, or come twice, or late."
    ),
}
SHAPE = "receive returns a tuple of two values in every call, both of them bytes: (head, frames)."
SHARED = (
    "These bytes are not from this connection, or its head is not over yet. Each connection has a "
    "Switch of its own, and what it remembers belongs to self: set it in __init__."
)
NO_TEXT = "Frames are no text. Look for the empty line in the bytes, and decode nothing."
END = b"\r\n\r\n"


class Right:
    """The answer, with a switch for each mistake.  `head` is empty until it is whole."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        self.buffer = self.head = self.kept = self.last = b""

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        head, rest = self._parts(data)
        if "stripped" in self.wrong:
            rest = rest.strip()
        return head, rest

    def _parts(self, data: bytes) -> tuple[bytes, bytes]:
        wrong = self.wrong
        if self.head and "heads for ever" not in wrong:
            rest, self.kept = self.kept + data, b""
            if "frames again" in wrong:
                self.kept = rest
            return self.head if "head again" in wrong else b"", rest
        self.buffer = data if "forgets" in wrong else self.buffer + data
        at = self.buffer.rfind(END) if "last" in wrong else self.buffer.find(END)
        exact = self.buffer.endswith(END)
        near, self.last = self.last[-3:] + data, data
        missed = ("piece alone" in wrong and END not in data) or (
            "two pieces alone" in wrong and END not in near
        )
        if at < 0 or missed or "newlines" in wrong or ("exact" in wrong and not exact):
            return data if "as it comes" in wrong else b"", self.buffer * ("early" in wrong)
        return self._switched(data, len(self.buffer) if "exact" in wrong else at + len(END))

    def _switched(self, data: bytes, end: int) -> tuple[bytes, bytes]:
        wrong = self.wrong
        self.head, rest = self.buffer[:end], self.buffer[end:]
        head = self.head
        if "as it comes" in wrong:
            head = data[: len(data) - len(rest)]
        for left_out, switch in ((4, "no end"), (4, "end is frame"), (2, "half the end")):
            head = head[:-left_out] if switch in wrong else head
        if wrong & {"end is frame", "half the end"}:
            rest = self.buffer[len(head) :]
        if "all is head" in wrong:
            head, rest = self.buffer, b""
        if "split" in wrong:
            rest = rest.partition(END)[0]
        if "whole piece" in wrong:
            rest = data
        self.kept = rest if wrong & {"waits", "frames again"} else b""
        self.buffer = b""
        return head, b"" if wrong & {"drops", "waits"} else rest


IDEAS = {
    "drops_the_rest": ["drops"],
    "waits_for_next_read": ["waits"],
    "looks_in_the_new_piece": ["piece alone"],
    "one_piece_is_one_head": ["forgets"],
    "empty_line_cut_off": ["no end", "end is frame", "half the end"],
    "all_is_head": ["all is head", "exact"],
    "head_as_it_comes": ["as it comes"],
    "given_again": ["frames again", "head again", "frames again, head again"],
    "heads_for_ever": ["heads for ever"],
    "empty_line_in_a_frame": ["last", "split"],
}
SLIPS = {
    "The empty line is never found. The lines of a head end with \\r\\n: look for \\r\\n\\r\\n.": [
        "newlines"
    ],
    "The empty line may come in three or four pieces. Look for it in all that has come.": [
        "two pieces alone"
    ],
    "Only what comes after the head is frames. The beginning of this piece is still head.": [
        "whole piece"
    ],
    "Nothing is frames before the head is whole.": ["early"],
    "Frames are returned as they came: nothing may be stripped from them.": ["stripped"],
}


def judge_3_5(answer: Answer, chance: random.Random) -> Verdict:
    """Heads of requests and of responses, cut in many ways, with frames after them."""
    trial = Trial(answer, chance, right=Right, ideas=IDEAS, slips=SLIPS)

    def feed(case: str, head: bytes, *pieces: bytes) -> None:
        trial.play(case, partial(_story, head, pieces))

    for request in (True, False, True):
        head, half = _head(chance, request), chance.randrange(9, 40)
        feed(PIECES, head, *_cut(chance, head), _frame(chance), _frame(chance))
        feed(BEHIND, head, head + _frame(chance), _frame(chance), _frame(chance))
        feed(BEHIND, head, head[:half], head[half:] + _frame(chance), _frame(chance))
        tricky = _frame(chance, END.decode()) + _frame(chance)
        feed(AFTER, head, head, tricky, _frame(chance, END.decode()))
        feed(AFTER, head, head + tricky, tricky)
        stream = head + _frame(chance)
        for at in {*range(1, len(stream), 9), *range(len(head) - 4, len(head) + 3)}:
            feed(ANYWHERE, head, stream[:at], stream[at:])
    near = len(head) - 6
    feed(ANYWHERE, head, stream[:near], *(bytes([byte]) for byte in stream[near:]))
    return trial.verdict()


def _head(chance: random.Random, of_request: bool) -> bytes:
    key = base64.b64encode(chance.randbytes(16)).decode()
    request = handshake.request(f"ws://{text.name(chance)}.example/{text.name(chance)}", key)
    if of_request:
        return http11.encode_request(request)
    return http11.encode_response(handshake.answer(request))


def _frame(chance: random.Random, around: str = "") -> bytes:
    payload = text.phrase(chance, at_most=3)
    if around:
        payload = f"{text.name(chance)}{around}{text.name(chance)}{around}"
    return frames.encode(frames.Frame(frames.Opcode.TEXT, payload.encode()))


def _cut(chance: random.Random, head: bytes) -> list[bytes]:
    """A few pieces, the last of which begins inside the empty line."""
    places = chance.sample(range(1, len(head) - 4), 2)
    return [head[a:z] for a, z in itertools.pairwise([0, *sorted(places), len(head) - 2, None])]


def _story(head: bytes, pieces: Sequence[bytes], play: Play) -> None:
    """Feed the pieces to a new Switch, one after another."""
    switch, stream, came = play.make("Switch"), b"".join(pieces), 0
    for piece in pieces:
        came += len(piece)
        play.tell(f"receive({_brief(piece)})")
        got = play.call("receive", piece, on=switch)
        if not _is_pair(got):
            decoded = isinstance(got, Raised) and got.type == "UnicodeDecodeError"
            why = NO_TEXT if decoded else "" if isinstance(got, Raised) else SHAPE
            play.see(got, why=why)
            return
        foreign = (came < len(head) and got[1]) or not stream.startswith(got[0])
        for name, part in zip(("head", "frames"), got, strict=True):
            play.see(part, text=f"{name} is {part!r}", why=SHARED if foreign else "")


def _brief(piece: bytes) -> str:
    """A piece as Python writes it, without its middle if it is long."""
    if len(piece) < 60:
        return repr(piece)
    return f"{repr(piece[:20])[:-1]} … {repr(piece[-30:])[2:]}"


def _is_pair(got: Any) -> bool:
    return type(got) is tuple and [type(part) for part in got] == [bytes, bytes]


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
            "the new piece alone: it may be cut in two. Everything after it is the frames of this "
            "very call.",
            'In receive: if self.done: return b"", data. self.buffer += data; at = '
            'self.buffer.find(b"\\r\\n\\r\\n"). If at < 0: return b"", b"". Otherwise '
            "self.done = True, and return self.buffer[:at + 4], self.buffer[at + 4:].",
        ),
        wrong_ideas={
            "drops_the_rest": WrongIdea(
                "what comes after the head is thrown away",
                "A piece may hold the end of HTTP and the beginning of WebSocket. The bytes after "
                "the empty line are a frame, or a part of one, and nobody will send them again.",
            ),
            "waits_for_next_read": WrongIdea(
                "what comes after the head is kept until more comes",
                "The frame has arrived. If nothing else does, nobody looks at it: the greeting of "
                "a quiet server is read an hour late. Return it in the same call as the head.",
            ),
            "looks_in_the_new_piece": WrongIdea(
                "the empty line comes in one piece",
                "TCP may cut a stream between any two bytes, and the empty line has four. Look for "
                "it in all that has come so far, not in the new piece alone.",
            ),
            "one_piece_is_one_head": WrongIdea(
                "the head comes in one piece",
                "TCP may cut a head anywhere. Keep the pieces that came before: the head begins "
                "with the first of them.",
            ),
            "empty_line_cut_off": WrongIdea(
                "the empty line is no part of the head, or half of it is not",
                "The head ends with the four bytes \\r\\n\\r\\n, and they belong to it. Frames "
                "begin with the next byte.",
            ),
            "all_is_head": WrongIdea(
                "the piece that ends the head has nothing else in it",
                "A piece may hold the end of HTTP and the beginning of WebSocket. Cut at the empty "
                "line: what comes after it is frames.",
            ),
            "head_as_it_comes": WrongIdea(
                "each part of the head is returned when it comes",
                "The head is returned once, whole, in the call in which its last byte comes. "
                "Before that, head is empty, and you keep what has come.",
            ),
            "given_again": WrongIdea(
                "what was returned once is returned again",
                "Each byte is returned once. After the head, a call returns the bytes that have "
                "come with it, and no earlier ones.",
            ),
            "heads_for_ever": WrongIdea(
                "there is always another head",
                "A connection has one head. After it there is no HTTP any more: remember that the "
                "head is over, and return each piece as it is.",
            ),
            "empty_line_in_a_frame": WrongIdea(
                "an empty line in the frames counts, too",
                "The first empty line ends the head. Frames may have the same four bytes in them, "
                "and there they mean nothing: cut once, at the first place.",
            ),
        },
        judge=judge_3_5,
    ),
)
