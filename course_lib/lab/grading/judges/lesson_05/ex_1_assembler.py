"""Judge of exercise 5.1: messages out of frames, with pings between the fragments.

    1 "Hel" …   9 ping   0 "lo" .      ─▶   []   [("pong", …)]   [("message", "Hello")]

Exercises.  Builds on: `grading.trial`.
What is new here: the result of each frame is compared, so a late pong is wrong.  Two conversations
are the first case: whatever they share would spoil all others.
Left out: limits; Close frames, which are exercise 5.2.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, text

CASES = {
    (TWO := "two conversations at once"):
        "Each Assembler has a message of its own: what it collects is made in __init__, on self. "
        "While fin is false the message goes on, and there is nothing to tell.",
    (WHOLE := "messages in one frame"):
        "1 or 2 with fin is a whole message: a str for text, which is UTF-8, and bytes for "
        "binary. It may be empty. A ping is answered with its own payload, as bytes, and a pong "
        "is not answered.",
    (FRAGMENTS := "fragments that end between characters"):
        "Keep the kind of the first frame, and the bytes of all of them. When fin is true, tell "
        "the message, with all its bytes, and forget it.",
    (CHARACTER := "a character in two frames"):
        "A fragment may end in the middle of a character. Join the bytes first, and decode the "
        "whole message.",
    (PINGS := "pings between fragments"):
        "Answer a ping in the call in which it comes, with its own payload, and change nothing "
        "else. The message around it goes on, and the ping is no part of it.",
    (RULES := "what must fail"):
        "0 fails with 1002 if no message is under way, and 1 or 2 if one is. A text that is not "
        "strictly UTF-8 fails with 1007, and is not repaired. A fail is returned in the list; "
        "nothing is raised.",
}  # fmt: skip
CONT, TEXT, BINARY, PING, PONG = 0, 1, 2, 9, 10
Frame = tuple[int, bool, bytes]  # opcode, fin, payload
Actions = list[tuple[str, Any]]


class Right:
    """The answer, with a switch for each mistake.  `kind` is None while nothing is under way."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.pongs = wrong, Actions()
        self.kind: int | None = None
        self.data = b""

    def add(self, opcode: int, fin: bool, payload: bytes) -> Actions:
        try:
            return self._control(opcode, payload) if opcode > 2 else self._add(opcode, fin, payload)
        except UnicodeDecodeError:
            if "raises" in self.wrong:
                raise
            return [("fail", 1007)]

    def _add(self, opcode: int, fin: bool, payload: bytes) -> Actions:
        wrong, first = self.wrong, opcode != CONT
        bytes_count = "no bytes" in wrong or ("no bytes within" in wrong and first)
        begun = bool(self.data) if bytes_count else self.kind is not None
        if begun and first and fin and "whole passes" in wrong:
            return [("message", payload.decode() if opcode == TEXT else payload)]
        if begun and first and "replaces" in wrong:
            self.data = b""
        elif begun == first and ("goes on" if first else "orphan") not in wrong:
            return [("fail", 1002)]
        if first or not begun:
            self.kind = opcode or (BINARY if "to binary" in wrong else TEXT)
        for errors in wrong & {"strict", "replace", "ignore"} if self.kind == TEXT else ():
            payload = payload.decode(errors=errors).encode()
        self.data += payload
        return self._message(opcode) if fin else []

    def _message(self, opcode: int) -> Actions:
        """The message is whole: forget it, and tell it."""
        wrong, kind, data, pongs = self.wrong, self.kind, self.data, self.pongs
        self.kind, self.pongs = kind if "kind stays" in wrong else None, []
        self.data = data if "bytes stay" in wrong else b""
        kind = opcode or BINARY if "last is 1" in wrong else kind
        kind = opcode or TEXT if "last is 2" in wrong else kind
        told: Actions = [("message", data.decode() if kind == TEXT else data)]
        return pongs + told if "late before" in wrong else told + pongs

    def _control(self, opcode: int, payload: bytes) -> Actions:
        wrong, within = self.wrong, self.kind is not None
        pong: Actions = [("pong", b"" if "empty pong" in wrong else payload)]
        if opcode == PONG:
            return []
        if within and wrong & {"late", "late before"}:
            self.pongs += pong
            return []
        told = self._message(TEXT) if within and "ends told" in wrong else []
        if "ends" in wrong:
            self.kind, self.data = None, b""
        return told + pong


def judge_5_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Trial(answer, chance, Right)

    def name() -> bytes:
        return text.name(chance).encode()

    short, long = text.phrase(chance, at_most=3), text.phrase(chance)
    data = chance.randbytes(30)
    trial.play(TWO, _two)
    talks: Sequence[tuple[Any, ...]] = (
        (WHOLE, (TEXT, True, name()), (BINARY, True, data[:9]), (TEXT, True, b""),
         (TEXT, True, short.encode()), (BINARY, True, b""), (TEXT, True, name())),
        (WHOLE, (PING, True, name()), (PING, True, b""), (PONG, True, name()),
         (TEXT, True, name())),
        (FRAGMENTS, *_message(TEXT, [b"He", b"l", b"lo"]), *_message(TEXT, [name(), name()])),
        (FRAGMENTS, *_message(BINARY, [data[:11], data[11:12], data[12:]]),
         *_message(TEXT, [letter.encode() for letter in short]),
         *_message(BINARY, [data[:2], data[2:4]])),
        (FRAGMENTS, *_message(TEXT, [b"", name(), b""]), *_message(TEXT, [b"", b""])),
        (CHARACTER, *_message(TEXT, [b"\xec\x95", b"\x88"])),
        (CHARACTER, *_message(TEXT, [bytes([one]) for one in ("안" + long).encode()])),
        (PINGS, *_message(TEXT, [b"Hel", b"lo", b"!"], [name(), name()]), (TEXT, True, name())),
        (PINGS, *_message(BINARY, [data[:8], data[8:]], [name()])),
        (PINGS, *_message(TEXT, [b"\xec", b"\x95\x88"], [b"within"])),
    )  # fmt: skip
    for case, *frames in talks:
        steps = [("add", *frame) for frame in frames]
        trial.tell(case, steps, over=lambda got: got[-1][0] == "fail")
    trial.play(RULES, partial(_fail, [
        [(CONT, True, name())],
        [*_message(TEXT, [name(), name()]), (CONT, True, name())],
        [(TEXT, False, name()), (TEXT, True, name())],
        [(BINARY, False, name()), (TEXT, False, name())],
        [(TEXT, False, b""), (TEXT, True, name())],
        [(TEXT, True, name() + b"\xec\x95")],
        [(TEXT, True, name() + b"\xff" + name())],
        [(TEXT, True, b"\xed\xa0\x80")],
    ]))  # fmt: skip
    return trial.verdict()


def _message(kind: int, pieces: Sequence[bytes], pings: Sequence[bytes] = ()) -> list[Frame]:
    """A message in these pieces, and the pings, one after each piece."""
    last = len(pieces) - 1
    frames = [(CONT if at else kind, at == last, piece) for at, piece in enumerate(pieces)]
    for at, ping in enumerate(pings):
        frames.insert(2 * at + 1, (PING, True, ping))
    return frames


def _two(play: Play) -> None:
    """One message, and another within its two fragments, to another Assembler."""
    play.subject.close()
    made = {"one": play.make("Assembler"), "two": play.make("Assembler")}
    for name, opcode, fin in (("one", TEXT, False), ("two", TEXT, True), ("one", CONT, True)):
        payload = text.name(play.chance).encode()
        play.tell(f"{name}.add({opcode}, {fin}, {payload!r})")
        play.see(play.call("add", opcode, fin, payload, on=made[name]))


def _fail(stories: Sequence[Sequence[Frame]], play: Play) -> None:
    """Each ends with a frame that fails.  What they leave to others ends with the process."""
    for frames in stories:
        made = play.make("Assembler")
        play.tell("a new Assembler")
        for frame in frames:
            play.tell(f"add{frame}")
            play.see(play.call("add", *frame, on=made))
    play.subject.close()


EXERCISES = (Exercise(
    number="5.1", title="Fragments, with pings between", section="fragments", minutes=14, core=True,
    names=("Assembler",), cases=CASES, judge=judge_5_1,
    hints=(
        "Two things must be remembered between two calls: of which kind the message under way is "
        "(or that there is none), and its bytes. A ping looks at neither.",
        "Look at opcode 9 and 10 first, and return. For the others: is the opcode 0 while nothing "
        "is under way, or not 0 while something is? Then fail with 1002. Else append the bytes; "
        "when fin is true, make the message, and forget.",
        "kind, data = self.kind, self.data + payload. If not fin, keep both and return []. If "
        "fin, self.kind, self.data = None, b''; a binary message is data, a text is "
        "data.decode(), in a try: UnicodeDecodeError means [('fail', 1007)].",
    ),
    wrong_ideas={
        "decode_each_fragment": WrongIdea("each fragment is decoded by itself",
            "A frame may end in the middle of a character: 안 has three bytes, and one frame may "
            "bring two of them. Collect bytes, and decode the whole message; or use an "
            "incremental decoder, which keeps the half character.",
            "strict; strict, raises; replace; ignore"),
        "control_ends_message": WrongIdea("a ping ends the message around it",
            "Control frames may stand between the fragments of a message and are no part of it "
            "(RFC 6455 §5.4). Answer the ping and leave what has been collected as it is; the "
            "next continuation goes on.", "ends; ends told"),
        "continuation_first_ok": WrongIdea("a continuation is taken where nothing was begun",
            "Opcode 0 continues a message. When none is under way, nobody can say whether it is "
            "text or binary, and something was lost: fail with 1002 (RFC 6455 §5.4).",
            "orphan; orphan, to binary"),
        "pong_without_payload": WrongIdea("the pong is empty",
            "A pong carries the same payload as its ping (RFC 6455 §5.5.3). By it the other side "
            "knows which of its pings was answered, and how long that took.", "empty pong"),
        "pong_after_message": WrongIdea("the pong waits for the end of the message",
            "The rest of the message may take minutes, or never come. Control frames may stand "
            "between fragments for this reason: answer at once, in the call in which the ping "
            "comes.", "late; late before"),
        "empty_begins_nothing": WrongIdea("no bytes so far, so nothing was begun",
            "A first fragment may be empty: its opcode and FIN begin the message all the same. "
            "Ask whether there is a kind, and not whether there are bytes: None says that nothing "
            "is under way, and b'' does not.", "no bytes; no bytes within"),
        "message_within_ok": WrongIdea("a new message within another is fine",
            "Fragments of two messages may not be mixed (RFC 6455 §5.4). When 1 or 2 comes while "
            "a message is under way, one of the two sides has lost something, and nobody can say "
            "what: fail with 1002.", "replaces; goes on; whole passes"),
        "kind_of_last_frame": WrongIdea("the last frame says what the message is",
            "The opcode of a continuation is 0, which says nothing of the kind. Text or binary "
            "stands in the first frame alone: remember it until the message is whole.",
            "last is 1; last is 2"),
        "message_not_forgotten": WrongIdea("the message before is not forgotten",
            "When a message has been told, nothing is under way. Set both back before the next "
            "frame comes: the kind to None, and the bytes to b''.",
            "bytes stay; kind stays; bytes stay, kind stays"),
    },
),)  # fmt: skip
