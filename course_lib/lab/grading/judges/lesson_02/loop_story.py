"""Judge of exercise 2.2: the loop of a client whose responses are cut.

    follow(server) ──▶ ["one", "two", "three"]      whatever `server` did to its responses
       the next request: at once after a response; after a failure not at once, but within 10 s

Exercises.  Builds on: `grading` (its stage and its peers), `clock`, `server`.  Used by `ex_2_loop`.
What is new here: the head arrives before the body, so a new cursor may come without messages.  A
server may come back right after a failed request, so the gap between two requests is the time until
a client notices it; a gap longer than `BACK` is a fault.
Left out: two clients.
"""

from __future__ import annotations

import json
import random
from typing import Any

from ... import text
from ...answer import Answer
from ...marks import shown
from ...sandbox.remote import Stage
from ...sandbox.values import Raised
from ...verdict import Verdict
from . import clock as clocks
from .server import MOST_AWAY, Enough, Fault, Server

WHOLE = "answers that arrive whole"
CUT = "answers cut at every byte"
AWAY = "no server for minutes"
CASES = (WHOLE, CUT, AWAY)
AWAY_FOR = 240.0  # seconds
BACK = 10.0  # seconds, after which a client must have noticed that the server is back
STEP = 0.5  # seconds: how exactly the judge knows when a request came
MINUTE = 119  # steps, just less than a minute: two seconds between requests are allowed
CUT_ERRORS = ("JSONDecodeError", "UnicodeDecodeError", "ValueError", "ConnectionError")


class Story:
    """One call of `follow(server)`, from the stage's time `start`."""

    def __init__(
        self, answer: Answer, case: str, server: Server, stage: Stage, start: float
    ) -> None:
        self.answer, self.case, self.server, self.stage = answer, case, server, stage
        self.start = self.now = start
        self.wanted: list[str] = [message for batch in server.batches for message in batch]
        self.end: Any = None
        stage.run(until=start)
        self.task = stage.start("follow", answer.peer(server, "ask", waits=True))

    @property
    def going_on(self) -> bool:
        return self.end is None and self.server.fault is None and type(self.task) is int

    def until(self, when: float) -> None:
        if not self.going_on:
            return
        self.now = when
        try:
            turn = self.stage.run(until=when, steps=20_000)
        except Enough:
            return
        self.end = next((event for event in turn.happened if event.task == self.task), None)

    def judged(self) -> None:
        """Mark the case; if `follow` still runs, start a new process."""
        self._mark()
        if self.end is None:
            self.answer.restart()

    def _mark(self) -> None:
        marks, server = self.answer.marks, self.server
        value = self.task if isinstance(self.task, Raised) else self.end and self.end.value
        goes_on = "follow asks until the chat is over"
        if clocks.blocked(marks, self.case, value, "follow"):
            return
        if isinstance(value, Raised) and value.type == "NotImplementedError":
            marks.equal(self.case, value, self.wanted)
        elif server.fault is not None:
            fault = server.fault
            marks.fail(self.case, observed=fault.observed, expected=fault.expected, idea=fault.idea)
        elif isinstance(value, Raised):
            cut = not server.over and value.type.startswith(("Connection", *CUT_ERRORS))
            eof = server.over and value.type == "EOFError"
            marks.fail(
                self.case,
                observed=shown(value),
                expected=f"the list of {len(self.wanted)} messages" if server.over else goes_on,
                idea=self._gives_up(cut),
                why="EOFError says that the chat is over: catch it, and return the list."
                if eof
                else "Your function ended with an exception.",
                raised=value,
            )
        elif self.end is not None and not server.over:
            said = f"follow returned while the chat went on: {shown(value)}"
            marks.fail(self.case, observed=said, expected=goes_on, idea=self._gives_up(True))
        elif self.end is None:
            said = f"after {server.asked} questions follow asked no more, for an hour and longer"
            marks.fail(self.case, observed=said, expected=goes_on)
        elif marks.equal(self.case, value, self.wanted, given="follow(server)"):
            self._paused(self.end.at - self.start)

    def _gives_up(self, cut: bool) -> str:
        return "give_up" if cut and self.case != WHOLE and not self.answer.marks.faulty else ""

    def _paused(self, seconds: float) -> None:
        """After each good response the client must have sent its next request at once."""
        self.answer.marks.true(
            self.case,
            self.case != WHOLE or seconds < 0.05,
            observed=f"every answer arrived whole and at once, and follow took {seconds:g} s for "
            f"{self.server.asked} questions",
            expected="no pause after a good answer",
            idea="pauses_after_success",
        )


def judge_2_2(answer: Answer, chance: random.Random) -> Verdict:
    stage = clocks.begin(answer)
    sizes = [1, 0, 3, chance.randint(1, 4), 0, 1]
    server = Server([[text.phrase(chance) for _ in range(size)] for size in sizes])
    story = Story(answer, WHOLE, server, stage, 0.0)
    story.until(3600.0)
    story.judged()
    story = _every_byte(answer, chance, stage, 10_000.0)
    story.until(20_000.0)
    story.judged()
    server = Server([[text.phrase(chance)], []])
    server.leaves = True
    _away(Story(answer, AWAY, server, stage, 30_000.0), [text.phrase(chance) for _ in range(2)])
    return answer.marks.verdict()


def _every_byte(answer: Answer, chance: random.Random, stage: Stage, start: float) -> Story:
    """As many responses as one of them has bytes: the first is cut at byte 0, the next at 1, …"""
    said = text.phrase(chance, at_most=4)
    size = len(json.dumps([f"{said} 10"], ensure_ascii=False).encode())
    server = Server([[f"{said} {10 + number}"] for number in range(size)])
    server.cuts = dict(enumerate(range(size)))
    for cursor in chance.sample(range(size), 3):
        server.cuts[cursor] = None
    return Story(answer, CUT, server, stage, start)


def _away(story: Story, rest: list[str]) -> None:
    """Play one message, then minutes without a server, then the rest of the messages."""
    server = story.server
    counts, gaps, last = [0], list[float](), story.now
    while story.going_on and story.now < story.start + AWAY_FOR:
        server.allowed = MOST_AWAY + (counts[-MINUTE] if len(counts) >= MINUTE else 0)
        story.until(story.now + STEP)
        gap = story.now - last
        if gap > BACK and story.going_on:
            server.fault = _too_late(gaps)
        if server.refused > counts[-1]:
            gaps += [gap] * (counts[-1] > 0)  # the first request has no gap before it
            last = story.now
        counts.append(server.refused)
    if story.going_on:
        server.leaves = server.away = False
        server.batches.append(rest)
        story.wanted += rest
        story.until(story.now + 2 * BACK)
    story.judged()


def _too_late(gaps: list[float]) -> Fault:
    """The fault of sending no request for more than ten seconds; names the idea if gaps grew."""
    growing = len(gaps) > 1 and gaps == sorted(gaps) and gaps[-1] > gaps[0]
    told = ", ".join(f"{gap:g}" for gap in gaps[-5:])
    return Fault(
        "waits_without_limit" if growing else "",
        "no server was there, and follow did not ask for more than 10 s"
        + (f"; its waits before that grew: …, {told} s" if growing else ""),
        "a question every 10 s at least: the server may be back at any moment",
    )
