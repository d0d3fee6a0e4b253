"""Frames, the right result of each, and the signs of wrong ideas about them (exercise 5.1).

    1 "안" of two bytes …   got UnicodeDecodeError                  decode_each_fragment
    9 ping within           got [("message", …)]                    control_ends_message

Exercises.  Builds on: `grading`.  Used by `ex_1_assembler`.
What is new here: an idea is named only if no other fault would give the same result.
Left out: which frames are given; see `ex_1_assembler`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...sandbox.values import Raised, same

WHOLE = "messages in one frame"
FRAGMENTS = "fragments that end between characters"
CHARACTER = "a character in two frames"
PINGS = "pings between fragments"
RULES = "what must fail"

CONT, TEXT, BINARY, PING, PONG = 0, 1, 2, 9, 10
Frame = tuple[int, bool, bytes]  # opcode, fin, payload
Actions = list[tuple[str, Any]]


@dataclass(slots=True)
class Story:
    """Frames, and the right result of each.  A failing frame is the last of its story."""

    case: str
    steps: list[tuple[Frame, Actions]] = field(default_factory=list)

    def message(self, said: str | bytes, pieces: Sequence[bytes], pings: Sequence[bytes]) -> None:
        """Add a message in these pieces, and a ping after each but the last, while any are left."""
        left = list(pings)
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            first = TEXT if isinstance(said, str) else BINARY
            opcode = CONT if number else first
            self.add(opcode, last, piece, [("message", said)] if last else [])
            if left and not last:
                self.add(PING, True, left[0], [("pong", left.pop(0))])

    def add(self, opcode: int, fin: bool, payload: bytes, wanted: Actions) -> None:
        self.steps.append(((opcode, fin, payload), wanted))


def idea_of(story: Story, number: int, got: Any, later: list[Any], *, pieces: bool) -> str:
    """The wrong idea that gives this.  `later`: results after a ping, up to its message's end.

    `pieces`: the answer can join fragments that end between characters.
    """
    (opcode, fin, payload), wanted = story.steps[number]
    texts = [frame for frame, _ in story.steps[_begin(story, number) : number + 1]]
    whole = len([frame for frame in texts if frame[0] < PING]) == 1 and fin
    if isinstance(got, Raised):
        torn = got.type == "UnicodeDecodeError" and story.case == CHARACTER and not whole
        torn = torn and pieces
        return "decode_each_fragment" if torn else ""
    if not isinstance(got, list) or not all(type(it) is tuple and len(it) == 2 for it in got):
        return ""
    if opcode == PING:
        return _of_ping(payload, texts, got, later)
    if wanted == [("fail", 1002)]:
        # After a message whose bytes were not cleared the same would come for another reason.
        taken = number == 0 and any(kind == "message" for kind, _ in got)
        return "continuation_first_ok" if taken else ""
    if story.case == CHARACTER and not whole and pieces:
        loose = [b"".join(_loosely(part[2], how) for part in texts) for how in LOOSE]
        if any(same(got, [("message", said.decode())]) for said in loose):
            return "decode_each_fragment"
        return "decode_each_fragment" if same(got, [("fail", 1007)]) else ""
    pinged = [part[2] for part in texts if part[0] == PING]
    if pinged and fin and len(got) > 1 and got[0] != got[1]:
        late = [("pong", data) for data in pinged]
        rest = [it for it in got if it not in wanted]
        return "pong_after_message" if rest and all(it in late for it in rest) else ""
    if pinged and opcode == CONT:
        return _after_ping(texts, got)
    return ""


LOOSE = ("replace", "ignore")


def _loosely(data: bytes, how: str) -> bytes:
    return data.decode(errors=how).encode()


def _of_ping(payload: bytes, texts: Sequence[Frame], got: Actions, later: list[Any]) -> str:
    """The idea about a ping; `texts` has the frames of its message so far, and the ping."""
    if same(got, [("pong", b"")]) and payload:
        return "pong_without_payload"
    within = len(texts) > 1
    if within and any(kind == "message" for kind, _ in got):
        return "control_ends_message"
    return "pong_after_message" if within and not got and ("pong", payload) in later else ""


def _after_ping(texts: Sequence[Frame], got: Actions) -> str:
    """A continuation after a ping: were the fragments before the ping dropped?"""
    if same(got, [("fail", 1002)]):
        return "control_ends_message"
    last = max(i for i, part in enumerate(texts) if part[0] == PING)
    data = b"".join(part[2] for part in texts[last + 1 :])
    said = [said for kind, said in got if kind == "message"]
    return "control_ends_message" if said in ([data], [data.decode(errors="replace")]) else ""


def _begin(story: Story, number: int) -> int:
    """The index of the first frame of this frame's message."""
    at = number
    while at and story.steps[at][0][0] in (CONT, PING) and not _ended(story.steps[at - 1][0]):
        at -= 1
    return at


def _ended(frame: Frame) -> bool:
    return frame[0] < PING and frame[1]
