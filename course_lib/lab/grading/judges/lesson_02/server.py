"""The server that a client's loop asks in exercise 2.2, with planned failures.

    ask(3) ──▶ 5, b'["one", "two"]'          whole: the next request is ask(5)
    ask(5) ──▶ 6, b'["\\xec\\x95'             cut: ask(5) again
    ask(5) ──▶ ConnectionError               nobody there: ask(5) again, but not a thousand times

Exercises.  Builds on: `grading` (its peers).  Used by the judge of 2.2.
What is new here: the cursor of a request tells what the client did with the last response.  At the
first mistake `Enough` ends the story in the judge, so the client cannot catch it.
Left out: time; `loop_story` has the clock, and sets how many failed requests are `allowed` so far.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ...marks import shown

MOST_ASKED = 400  # requests in one story
MOST_AWAY = 30  # requests in a minute without a server


class Enough(Exception):
    """The story is over.  The answer never sees this; its process ends."""


@dataclass(slots=True)
class Fault:
    """What a client did wrong; `idea` is its name, or empty."""

    idea: str
    observed: str
    expected: str


class Server:
    """The answer's peer.  Each request that is up to date releases the next of `batches`."""

    def __init__(self, batches: list[list[str]]) -> None:
        self.log: list[str] = []
        self.batches = batches
        self.cuts: dict[int, int | None] = {}  # cursor ─▶ byte; None: nothing arrives; each once
        self.leaves = False  # after its last batch it is away, instead of ending the chat
        self.away = False
        self.asked = self.refused = 0
        self.allowed = MOST_AWAY  # the most that `refused` may be now
        self.over = False
        self.fault: Fault | None = None
        self._failed = False  # has any request failed?
        self._last = (0, 0, True)  # its cursor, the new cursor, did the response arrive whole?

    def ask(self, cursor: Any) -> tuple[int, bytes]:
        self.asked += 1
        if self.over:
            self.stop("eof_is_retried", "ask raised EOFError, and follow asked again",
                      "EOFError: the chat is over, and follow returns the list")  # fmt: skip
        self._look_at(cursor)
        if self.asked > MOST_ASKED:
            self.stop("", f"{self.asked} questions", f"fewer than {MOST_ASKED}")
        self.away = self.away or (self.leaves and not self.batches)
        if self.away:
            self._refuse(cursor)
        if cursor == len(self.log):
            if not self.batches:
                self.over = True
                raise EOFError("the chat is over")
            self.log += self.batches.pop(0)
        body = json.dumps(self.log[cursor:], ensure_ascii=False).encode()
        whole = cursor not in self.cuts
        self._last = cursor, len(self.log), whole
        if whole:
            return len(self.log), body
        byte, self._failed = self.cuts.pop(cursor), True
        if byte is None:
            raise ConnectionError("the connection ended before the answer")
        return len(self.log), body[:byte]

    def stop(self, idea: str, observed: str, expected: str) -> None:
        """Record the first mistake, and end the story."""
        self.fault = self.fault or Fault(idea, observed, expected)
        raise Enough

    def _look_at(self, cursor: Any) -> None:
        """Is it the cursor that follows from the last response?"""
        before, after, whole = self._last
        due = after if whole else before
        if type(cursor) is int and cursor == due:
            return
        expected = f"the question after that is ask({due})"
        if whole:
            said = f"the answer to ask({before}) arrived whole, with the new cursor {after}"
            idea = "never_advance" if cursor == before and not self._failed else ""
        elif self.away:
            said, idea = f"ask({before}) raised ConnectionError", ""
        else:
            said = f"the answer to ask({before}) was cut"
            idea = "advance_before_parsed" if cursor == after else ""
        said += f"; the next question was ask({shown(cursor)})"
        if idea == "advance_before_parsed":
            said += ", and the message in that answer is never read"
        if not whole and type(cursor) is int and cursor == 0:
            idea = "starts_over"
        self.stop(idea, said, expected)

    def _refuse(self, cursor: int) -> None:
        self._last, self._failed = (cursor, cursor, False), True
        self.refused += 1
        if self.refused > self.allowed:
            self.stop("retry_storm", f"more than {MOST_AWAY} questions in less than a minute "
                      "while nobody was there", f"at most {MOST_AWAY} in a minute")  # fmt: skip
        raise ConnectionError("nobody answers")
