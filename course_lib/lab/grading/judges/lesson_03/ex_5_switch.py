"""Judge of exercise 3.5: where HTTP ends and WebSocket begins, in whatever pieces the bytes come.

    receive("GET /chat HT")                  ─▶  (b"", b"")
    receive("TP/1.1…\\r\\n\\r\\n" + frame)       ─▶  (the whole head, frame)

Exercises.  Builds on: `grading.trial`, `wire` (heads and frames).
What is new here: head and frames are two things to see in each call, so bytes that are late and
bytes that never come differ in what the next call shows.
Left out: heads without an end; lesson 01 has a limit for them.
"""

from __future__ import annotations

import base64
import random
from functools import partial

from .....wire.http import http11
from .....wire.websocket import frames, handshake
from ...trial import Answer, Exercise, Play, Raised, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (PIECES := "a head in pieces, then a frame"):
        "Keep what has come until \\r\\n\\r\\n is there: nothing is frames before. Then return "
        "the head, once, and from then on each piece as it is.",
    (BEHIND := "a frame in the same piece as the head"):
        "The head ends with the four bytes of the empty line. What comes after them in this piece "
        "is returned in the same call, as it came: frames are no text, so decode nothing.",
    (AFTER := "frames with an empty line in them"):
        "The first empty line ends the head. Return all bytes after it exactly as they came.",
    (ANYWHERE := "cut anywhere"):
        "The empty line may come in four pieces: look for it in all that has come.",
}  # fmt: skip
SHAPE = "receive returns a tuple of two values in every call, both of them bytes: (head, frames)."
SHARED = (
    "These bytes are not from this connection, or its head is not over yet. Each connection has a "
    "Switch of its own, and what it remembers belongs to self: set it in __init__."
)
END = b"\r\n\r\n"


class Right:
    """The answer, with a switch for each mistake.  `head` is empty until it is whole."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        self.buffer = self.head = self.kept = b""

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        wrong = self.wrong
        if self.head and "heads for ever" not in wrong:
            rest = self.kept + data
            self.kept = rest if "frames again" in wrong else b""
            return self.head if "head again" in wrong else b"", rest
        self.buffer = data if "forgets" in wrong else self.buffer + data
        looked_at = data if "piece alone" in wrong else self.buffer
        if END not in looked_at or ("exact" in wrong and not looked_at.endswith(END)):
            return data if "as it comes" in wrong else b"", b""
        at = self.buffer.rfind(END) if "last" in wrong else self.buffer.find(END)
        cuts = {"no end": (at, at + 4), "end is frame": (at, at), "half the end": (at + 2, at + 2)}
        end, begin = next((cuts[one] for one in wrong & cuts.keys()), (at + 4, at + 4))
        if wrong & {"all is head", "exact"}:
            end = begin = len(self.buffer)
        self.head, rest = self.buffer[:end], self.buffer[begin:]
        head = data[: len(data) - len(rest)] if "as it comes" in wrong else self.head
        rest = rest.partition(END)[0] if "split" in wrong else rest
        self.buffer, self.kept = b"", rest if wrong & {"waits", "frames again"} else b""
        return head, b"" if wrong & {"drops", "waits"} else rest


def judge_3_5(answer: Answer, chance: random.Random) -> Verdict:
    """Heads of requests and of responses, cut in many ways, with frames after them."""
    trial = Trial(answer, chance, Right)

    def feed(case: str, *pieces: bytes) -> None:
        trial.play(case, partial(_story, head, pieces))

    for of_request in (True, False, True):
        head, one, two = _head(chance, of_request), _frame(chance), _frame(chance)
        tricky = _frame(chance, END.decode())
        at, end = chance.randrange(9, 40), len(head)
        feed(PIECES, head[:at], head[at : end - 2], head[end - 2 :], one, two)
        feed(BEHIND, head + one, two, one)
        feed(BEHIND, head[:at], head[at:] + one, two)
        feed(AFTER, head, tricky + one, tricky)
        feed(AFTER, head + tricky + one, tricky)
        stream = head + one
        for cut in {*range(1, len(stream), 9), *range(end - 4, end + 3)}:
            feed(ANYWHERE, stream[:cut], stream[cut:])
    feed(ANYWHERE, stream[: end - 6], *(bytes([byte]) for byte in stream[end - 6 :]))
    return trial.verdict()


def _head(chance: random.Random, of_request: bool) -> bytes:
    key = base64.b64encode(chance.randbytes(16)).decode()
    request = handshake.request(f"ws://{text.name(chance)}.example/{text.name(chance)}", key)
    if of_request:
        return http11.encode_request(request)
    return http11.encode_response(handshake.answer(request))


def _frame(chance: random.Random, inside: str = ".") -> bytes:
    payload = f"{text.name(chance)}{inside}{text.name(chance)}{inside}"
    return frames.encode(frames.Frame(frames.Opcode.TEXT, payload.encode()))


def _story(head: bytes, pieces: tuple[bytes, ...], play: Play) -> None:
    """Feed the pieces to a new Switch, one after another."""
    switch, came = play.make("Switch"), 0
    for piece in pieces:
        came += len(piece)
        play.tell(f"receive({shown(piece, 80)})")
        got = play.call("receive", piece, on=switch)
        if type(got) is not tuple or [type(part) for part in got] != [bytes, bytes]:
            play.see(got, why="" if isinstance(got, Raised) else SHAPE)
            return
        foreign = not b"".join(pieces).startswith(got[0]) or (came < len(head) and got[1])
        for name, part in zip(("head", "frames"), got, strict=True):
            play.see(part, text=f"{name} is {part!r}", why=SHARED if foreign else "")


EXERCISES = (Exercise(
    number="3.5", title="After the head", section="first", minutes=10, names=("Switch",),
    cases=CASES, judge=judge_3_5,
    hints=(
        "What do you have to remember from one piece to the next while the head is not whole? And "
        "what when it is?",
        "Keep what has come in one bytes object. Look for the empty line in all of it, not in the "
        "new piece alone: it may be cut in two. Everything after it is frames of this call.",
        'In receive: if self.done: return b"", data. self.buffer += data; at = '
        'self.buffer.find(b"\\r\\n\\r\\n"). If at < 0: return b"", b"". Otherwise self.done = '
        "True, and return self.buffer[:at + 4], self.buffer[at + 4:].",
    ),
    wrong_ideas={
        "drops_the_rest": WrongIdea("what comes after the head is thrown away",
            "These bytes are a frame, or a part of one, and nobody will send them again.", "drops"),
        "waits_for_next_read": WrongIdea("what comes after the head is kept until more comes",
            "The frame has arrived. If nothing else does, the greeting of a quiet server is an "
            "hour late. Return it in the same call as the head.", "waits"),
        "looks_in_the_new_piece": WrongIdea("the empty line comes in one piece",
            "It may be cut in any place. Look in all that has come, not in one piece alone.",
            "piece alone"),
        "one_piece_is_one_head": WrongIdea("the head comes in one piece",
            "TCP may cut a head anywhere. Keep the pieces that came before.", "forgets"),
        "empty_line_cut_off": WrongIdea(
            "the empty line is no part of the head, or half of it is not",
            "The head ends with the four bytes \\r\\n\\r\\n. Frames begin with the next byte.",
            "no end; end is frame; half the end"),
        "all_is_head": WrongIdea("the piece that ends the head has nothing else in it",
            "Frames may begin in the same piece. Cut it after the empty line.",
            "all is head; exact"),
        "head_as_it_comes": WrongIdea("each part of the head is returned when it comes",
            "It is returned once, whole, when its last byte comes. Before that, head is empty.",
            "as it comes"),
        "given_again": WrongIdea("what was returned once is returned again",
            "Each byte is returned once. After the head, return what has come with this call.",
            "frames again; head again; frames again, head again"),
        "heads_for_ever": WrongIdea("there is always another head",
            "A connection has one head. Remember that it is over, and look for no other.",
            "heads for ever"),
        "empty_line_in_a_frame": WrongIdea("an empty line in the frames counts, too",
            "In frames the same four bytes mean nothing. Cut once, at the first place.",
            "last; split"),
    },
),)  # fmt: skip
