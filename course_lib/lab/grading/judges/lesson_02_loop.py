"""Judge of exercise 2.2: the loop of a client whose answers are cut, on the judge's clock.

    ask(3) ──▶ 5, b'["one", "two"]'          whole: show both, and ask(5)
    ask(5) ──▶ 6, b'["\\xec\\x95'             cut: ask(5) again
    ask(5) ──▶ ConnectionError               nobody there: ask(5) again, but not a thousand times

Exercises.  Builds on: `grading` (its stage and its peers).
What is new here: the head arrives before the body, so a new cursor may come without messages.
Left out: two clients.
"""

from __future__ import annotations

import json
import random
from typing import Any

from .. import text
from ..answer import Answer
from ..exercise import Exercise
from ..marks import shown
from ..values import Raised, same
from ..verdict import Verdict, WrongIdea

WHOLE = "answers that arrive whole"
CUT = "answers cut at every byte"
AWAY = "no server for a minute"
CASES = (WHOLE, CUT, AWAY)
MOST_ASKED = 400  # questions in one story, after which the chat is over
MOST_AWAY = 30  # questions in a minute without a server
BACK = 10.0  # seconds, after which a client must have noticed that the server is back
OVER = "the chat is over"
CUT_ERRORS = ("JSONDecodeError", "UnicodeDecodeError", "ValueError", "ConnectionError")


class Server:
    """What the answer asks.  Each question but the first releases the next of `batches`."""

    def __init__(self, batches: list[list[str]]) -> None:
        self.log: list[str] = []
        self.batches = batches
        self.cuts: dict[int, int | None] = {}  # cursor ─▶ byte; None: nothing arrives; each once
        self.leaves = False  # when it has nothing more to say, instead of ending the chat
        self.away = False
        self.refused = 0
        self.over = False
        self.asked: list[Any] = []
        self.idea = ""
        self.note = ""
        self._last: tuple[int, int, bool] | None = None  # asked, the new one, whole?

    def ask(self, cursor: Any) -> tuple[int, bytes]:
        self.asked.append(cursor)
        self._look_at(cursor)
        if self.over or len(self.asked) > MOST_ASKED:
            self.over = True
            raise EOFError(OVER)
        self.away = self.away or (self.leaves and not self.batches)
        if self.away:
            return self._refuse()
        if cursor == len(self.log):
            if not self.batches:
                self.over = True
                raise EOFError(OVER)
            self.log += self.batches.pop(0)
        body = json.dumps(self.log[cursor:], ensure_ascii=False).encode()
        whole = cursor not in self.cuts
        self._last = cursor, len(self.log), whole
        if whole:
            return len(self.log), body
        byte = self.cuts.pop(cursor)
        if byte is None:
            raise ConnectionError("the connection ended before the answer")
        return len(self.log), body[:byte]

    def _look_at(self, cursor: Any) -> None:
        """Is it the cursor that follows from the last answer?"""
        if type(cursor) is not int or not 0 <= cursor <= len(self.log):
            self._stop("", f"it asked with the cursor {shown(cursor)}")
        elif self._last is not None:
            before, after, whole = self._last
            if whole and cursor == before < after:
                said = f"the answer to ask({before}) arrived whole and brought {after}; it asked"
                self._stop("never_advance", f"{said} with {cursor} again")
            elif not whole and cursor != before:
                said = f"the answer to ask({before}) was cut; the next question was ask({cursor})"
                self._stop("advance_before_parsed", f"{said}, and the messages are lost")
            elif whole and cursor != after:
                self._stop("", f"the new cursor was {after}, and it asked with {cursor}")

    def _refuse(self) -> tuple[int, bytes]:
        self.refused += 1
        if self.refused > MOST_AWAY:
            said = f"more than {MOST_AWAY} questions in less than a minute without a server"
            self._stop("retry_storm", said)
            raise EOFError(OVER)
        raise ConnectionError("nobody answers")

    def _stop(self, idea: str, note: str) -> None:
        if not self.note:
            self.idea, self.note, self.over = idea, note, True


class Story:
    """One `follow(server)` on a stage of its own time."""

    def __init__(self, answer: Answer, case: str, server: Server, stage: Any, start: float) -> None:
        self.answer, self.case, self.server, self.stage = answer, case, server, stage
        self.now = start
        self.wanted: list[str] = [message for batch in server.batches for message in batch]
        self.end: Any = None
        stage.run(until=start)
        self.task = stage.start("follow", answer.peer(server, waits=True))

    def until(self, when: float) -> None:
        if self.end is None:
            self.now = when
            for event in self.stage.run(until=when, steps=20_000).happened:
                if event.task == self.task:
                    self.end = event

    def judged(self) -> None:
        """Mark the case by what the server saw and what was returned."""
        marks, server = self.answer.marks, self.server
        value = self.task if isinstance(self.task, Raised) else self.end and self.end.value
        if isinstance(value, Raised) and value.type == "NotImplementedError":
            marks.equal(self.case, value, self.wanted)
        elif server.note:
            marks.fail(self.case, observed=server.note, expected=self._expected(), idea=server.idea)
        elif isinstance(value, Raised):
            cut = not server.over and value.type.startswith(("Connection", *CUT_ERRORS))
            idea = "give_up" if cut and not marks.faulty and self.case != WHOLE else ""
            marks.equal(self.case, value, self.wanted, idea=idea, given="follow(server)",
                        why="Your function ended with an exception.")  # fmt: skip
        elif self.end is not None and not server.over:
            marks.fail(
                self.case,
                observed=f"follow returned while the chat went on: {shown(value)}",
                expected=self._expected(),
                idea="give_up" if self.case != WHOLE and not marks.faulty else "",
            )
        elif self.end is None:
            marks.fail(
                self.case,
                observed="ask raised EOFError, and follow went on"
                if server.over
                else f"after {len(server.asked)} questions it asked no more",
                expected="follow returns the list" if server.over else self._expected(),
            )
        elif not same(value, self.wanted):
            marks.equal(self.case, value, self.wanted, given="follow(server)")
        else:
            marks.true(self.case, True)

    def _expected(self) -> str:
        if self.case == AWAY:
            return f"at most {MOST_AWAY} questions in that minute, and another within {BACK:g} s"
        return "each question asks from the last message that has been read, and none is lost"


def judge_2_2(answer: Answer, chance: random.Random) -> Verdict:
    stage = answer.stage()
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


def _every_byte(answer: Answer, chance: random.Random, stage: Any, start: float) -> Story:
    """As many messages as one of them has bytes: the first is cut at byte 0, the next at 1, …"""
    said = text.phrase(chance, at_most=4)
    size = len(json.dumps([f"{said} 10"], ensure_ascii=False).encode())
    server = Server([[f"{said} {10 + number}"] for number in range(size)])
    server.cuts = dict(enumerate(range(size)))
    for cursor in chance.sample(range(size), 3):
        server.cuts[cursor] = None
    return Story(answer, CUT, server, stage, start)


def _away(story: Story, rest: list[str]) -> None:
    """A message, a minute of nobody, and the rest."""
    server = story.server
    story.until(story.now + 60.0)
    if story.end is None:
        server.leaves = server.away = False
        server.batches.append(rest)
        story.wanted += rest
        before = len(server.asked)
        story.until(story.now + BACK)
        if len(server.asked) == before and story.end is None:
            server.note = f"the server was back for {BACK:g} s, and no question came"
    story.judged()


EXERCISES = (
    Exercise(
        number="2.2",
        title="The client's loop",
        section="broken",
        minutes=12,
        names=("follow",),
        cases=CASES,
        hints=(
            "Which line of your loop knows that the whole answer has been read? The cursor moves "
            "there, and nowhere else.",
            "Two things can fail: ask raises ConnectionError, and json.loads raises ValueError for "
            "half a body. After either, wait a little and ask again with the same cursor; wait "
            "longer each time, but not longer than 8 seconds.",
            "In the loop: try: new, body = await server.ask(cursor); news = json.loads(body). "
            "except (ConnectionError, ValueError): await asyncio.sleep(wait); "
            "wait = min(2 * wait, 8); continue. Then cursor = new, wait = 0.5, and keep the news. "
            "EOFError ends the loop.",
        ),
        wrong_ideas={
            "advance_before_parsed": WrongIdea(
                "the cursor moves before the messages have been read",
                "The new cursor comes in the head, and the body may be cut after that. Who moves "
                "the cursor first never asks for these messages again, and nobody notices. Read "
                "the body, then move the cursor.",
            ),
            "never_advance": WrongIdea(
                "the cursor stays where it was",
                "The server knows nothing about you; it gives what comes after the cursor that you "
                "send. Without a new cursor the same messages come again and again. Take the one "
                "that came with the answer.",
            ),
            "give_up": WrongIdea(
                "a cut ends the client",
                "Links break all the time. An answer cut anywhere, even in the middle of a "
                "character, and a server that is away are reasons to ask again, not to stop: "
                "catch ConnectionError and every ValueError.",
            ),
            "retry_storm": WrongIdea(
                "a failed question is asked again at once",
                "A server that is away comes back under the questions of all its clients. Wait "
                "before you ask again, and longer each time.",
            ),
        },
        judge=judge_2_2,
    ),
)
