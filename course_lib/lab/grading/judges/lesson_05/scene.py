"""The stage of exercise 5.3: the answer's Sender, its transport, and how long each send takes.

    pause ─▶ pause_writing      send ─▶ a task      run ─▶ which sends returned, which wait

Exercises.  Builds on: `grading` (its stage).  Used by `ex_3_sender`.
What is new here: a send that waits must leave the loop idle; a loop of `sleep(0)` is no waiting.
Left out: what happens on the stage; see `ex_3_sender`.
"""

from __future__ import annotations

from typing import Any

from ...answer import Answer
from ...marks import Marks, shown
from ...sandbox.remote import Happened, RemoteObject, Stage, Turn
from ...sandbox.values import Raised


class Transport:
    """A transport that keeps the bytes written to it."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


class Scene:
    """The answer's Sender and its transport, at the time `now` of the stage."""

    def __init__(self, answer: Answer, stage: Stage, made: RemoteObject, wire: Transport) -> None:
        self.answer, self.stage, self.made, self.wire = answer, stage, made, wire
        self.marks: Marks = answer.marks
        self.now, self.paused = 0.0, False
        self.sent: list[bytes] = []  # messages of all sends that were begun
        self.over: dict[int, Happened] = {}

    def pause(self, case: str) -> bool:
        """Call `pause_writing`: the transport's buffer is full."""
        self.paused = True
        return self._told(case, "pause_writing")

    def resume(self, case: str) -> bool:
        """Call `resume_writing`: the transport's buffer has room again."""
        self.paused = False
        return self._told(case, "resume_writing")

    def _told(self, case: str, name: str) -> bool:
        got = self.stage.call(name, on=self.made)
        if not isinstance(got, Raised):
            return True
        return self.marks.fail(
            case, observed=f"{name}(): {shown(got)}", expected=f"{name} returns", raised=got
        )

    def send(self, data: bytes) -> Any:
        self.sent.append(data)
        return self.stage.start("send", data, on=self.made)

    def run(self, seconds: float = 0.0) -> Turn:
        """Let time pass; in 60 s a sender that waits needs only a few turns of the loop."""
        self.now += seconds
        turn = self.stage.run(until=self.now, steps=3000)
        self.over |= {event.task: event for event in turn.happened}
        return turn

    def returned(self, task: Any) -> bool:
        return task in self.over and self.over[task].how == "returned"

    def good(self, case: str, task: Any, when: str, expected: str = "send returns") -> bool:
        """Has this send returned by now?  If not, mark the case wrong."""
        if self.returned(task):
            return self.marks.true(case, True)
        value = self.over[task].value if task in self.over else task
        cancelled = task in self.over and self.over[task].how == "cancelled"
        what = f"send gave {shown(value)}" if isinstance(value, Raised) else "send still waits"
        return self.marks.fail(
            case,
            observed=f"{when}\n{'send was cancelled' if cancelled else what}",
            expected=expected,
            raised=value if isinstance(value, Raised) else None,
        )

    def waits(self, case: str, task: Any, when: str, turn: Turn) -> bool:
        """Does this send wait, without keeping the loop busy?"""
        if turn.restless:
            return self.marks.fail(
                case,
                observed=f"{when}\nsend runs round and round and keeps the processor busy",
                expected="send waits until resume_writing is called",
                why="sleep(0) comes back at once. Wait for something that resume_writing does.",
            )
        if type(task) is int and task not in self.over:
            return self.marks.true(case, True)
        return False

    def whole(self, case: str) -> bool:
        """Has each message been written, once and in order?"""
        wanted = b"".join(self.sent)
        order = ", in another order" if len(wanted) == len(self.wire.data) else ""
        return self.marks.true(
            case,
            self.wire.data == wanted,
            observed=f"transport.write was given {len(self.wire.data)} bytes{order}",
            expected=f"{len(wanted)} bytes: each message once, in the order of the sends",
        )
