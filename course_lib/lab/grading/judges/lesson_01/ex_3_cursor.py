"""Judge of exercise 1.3: the answer reads a bounded log for readers who bring a cursor.

    log       [(7, 1716.25, "hi"), (8, 1716.25, "안녕"), (9, 1717.5, "👋")]     1 to 6: forgotten
    reader    "I have read up to here"  ──▶  the messages after it, and where it is now

Exercises.  Builds on: `grading`.
What is new here: the judge hands a cursor back as the answer gave it out, whatever its type; only
the messages that each reader gets count.  The log is in the answer's process, so the judge sees
whether the answer changes it.
Left out: telling a reader how many messages were forgotten.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import Marks, gave, shown
from ...sandbox.values import NotPlain, Raised
from ...verdict import Verdict, WrongIdea

OFTEN = "one reader who comes often"
TWO = "two readers of one log"
SAME_TIME = "two messages in the same moment"
FORGOTTEN = "a log that has forgotten old messages"
CASES = (OFTEN, TWO, SAME_TIME, FORGOTTEN)
LOG = ("the log", "from builtins import list as _new_log")  # a list that stays in that process

Entry = tuple[int, float, str]


@dataclass(slots=True)
class Reader:
    name: str
    cursor: Any = 0  # the one that the answer gave out last
    read: int = 0  # number of the last message that this reader must have


@dataclass(slots=True)
class Story:
    """A log of the last `limit` messages (`theirs`: in the answer's process), and what happened."""

    answer: Answer
    chance: random.Random
    case: str
    limit: int = 1000
    entries: list[Entry] = field(default_factory=list)
    number: int = 0
    now: float = 0.0
    theirs: Any = None
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = 1.7e9 + self.chance.randrange(10_000_000) + 0.25
        self.theirs = self.answer.make("_new_log")

    def write(self, *, later: float = 1.0) -> None:
        """Somebody writes a message, `later` seconds after the last one."""
        self.number += 1
        self.now += later
        entry = (self.number, self.now, text.phrase(self.chance, at_most=4))
        self.entries.append(entry)
        self.theirs.call("append", entry)
        if len(self.entries) > self.limit:
            del self.entries[0]
            self.theirs.call("pop", 0)
        self.told.append(f"message {self.number} is written")

    def reads(self, reader: Reader) -> bool:
        """Call `since` for the reader: does it return all unread messages, and leave the log?"""
        marks = self.answer.marks
        before = list(self.entries)
        wanted = [said for number, _, said in before if number > reader.read]
        got = self.answer.call("since", self.theirs, reader.cursor)
        if not _is_pair(got):
            example = (wanted, self.number)
            return marks.equal(self.case, got, example, idea="", given=self._given(reader))
        if got[0] != wanted:
            self._wrong(marks, reader, got, wanted)
            self._mend(before)
            return False
        left = self._mend(before)
        if left is not None:
            fewer = isinstance(left, list) and len(left) < len(before)
            return marks.fail(
                self.case,
                observed=f"{self._given(reader)} left the log with other messages than before",
                expected=f"a log of {len(before)} messages, before and after",
                idea="clear_on_read" if fewer else "",
            )
        reader.cursor, reader.read = got[1], self.number
        self.told.append(f"{reader.name} reads, and gets cursor {got[1]!r}")
        return marks.true(self.case, True)

    def _wrong(self, marks: Marks, reader: Reader, got: Any, wanted: list[str]) -> None:
        idea = self._idea(reader, got, wanted)
        marks.fail(
            self.case,
            observed="\n".join([*self.told[-6:], f"{self._given(reader)} {gave(got[0])}"]),
            expected=f"{shown(wanted)} for {reader.name}, who has read up to {reader.read}",
            idea="remembers_readers" if self._remembers(reader, got) else idea,
            why=self._why(reader, got),
        )

    def _remembers(self, reader: Reader, got: Any) -> bool:
        """Does the same call return something else in a new process, as the first call there?"""
        self.answer.restart()
        self.theirs = self.answer.make("_new_log")
        self.theirs.call("extend", self.entries)
        again = self.answer.call("since", self.theirs, reader.cursor)
        return _is_pair(again) and again[0] != got[0]

    @staticmethod
    def _why(reader: Reader, got: Any) -> str:
        """A sentence about a fault without a named idea; empty if there is none."""
        if any(type(item) is not str for item in got[0]):
            return "The list holds the texts alone, without their numbers and times."
        if type(reader.cursor) is int and reader.cursor < reader.read:
            return (
                f"{reader.name} had read up to message {reader.read}, and was then given the "
                f"cursor {reader.cursor}. Where nothing is new the cursor stays as it was."
            )
        return ""

    def _idea(self, reader: Reader, got: Any, wanted: list[str]) -> str:
        """The idea that this case shows.  Only timestamps are named after an earlier fault."""
        if type(reader.cursor) is float or type(got[1]) is float or _is_large(reader.cursor):
            return "timestamp_cursor"
        if self.answer.marks.faulty:
            return ""
        if self.case == FORGOTTEN:
            return "cursor_is_index"
        by_number = {number: said for number, _, said in self.entries}
        again = [by_number[reader.read], *wanted] if reader.read in by_number else None
        return "off_by_one" if got[0] in (again, wanted[1:], wanted[:-1]) else ""

    def _mend(self, before: list[Entry]) -> Any:
        """Restore the answer's log.  Returns the changed log, or None if it was unchanged."""
        left = self.theirs.call("copy")
        if left == before:
            return None
        self.theirs.call("clear")
        self.theirs.call("extend", before)
        return left

    def _given(self, reader: Reader) -> str:
        if not self.entries:
            return f"since(an empty log, {reader.cursor!r})"
        first, last = self.entries[0][0], self.entries[-1][0]
        which = f"messages {first} to {last}" if first < last else f"message {first}"
        return f"since(log with {which}, {reader.cursor!r})"


def judge_1_3(answer: Answer, chance: random.Random) -> Verdict:
    """Play four stories; each adds one difficulty."""
    answer.parts.append(LOG)
    answer.restart()
    _often(Story(answer, chance, OFTEN))
    _two(Story(answer, chance, TWO))
    _same_time(Story(answer, chance, SAME_TIME))
    _forgotten(Story(answer, chance, FORGOTTEN, limit=chance.randint(3, 6)))
    return answer.marks.verdict()


def _often(story: Story) -> None:
    mina = Reader("mina")
    story.reads(mina)  # the log is empty
    for count in (2, 3, 0, 1, story.chance.randint(2, 5)):  # not 1 first: off by one is all or none
        for _ in range(count):
            story.write()
        if not story.reads(mina):
            return


def _two(story: Story) -> None:
    mina, joon = Reader("mina"), Reader("joon")
    for reader in (mina, joon, mina, mina, joon):
        for _ in range(story.chance.randint(1, 3)):
            story.write()
        if not story.reads(reader):
            return
    story.reads(mina)


def _same_time(story: Story) -> None:
    """Write two messages with the same time; the second after the first was read."""
    mina = Reader("mina")
    for _ in range(3):
        story.write()
        if not story.reads(mina):
            return
        story.write(later=0.0)
        if not story.reads(mina):
            return


def _forgotten(story: Story) -> None:
    mina, late = Reader("mina"), Reader("joon")
    for _ in range(story.limit):
        story.write()
    story.reads(mina)
    for count in (1, 2, story.limit + 3, 1):
        for _ in range(count):
            story.write()
        if not story.reads(mina):
            return
    story.reads(late)


def _is_pair(got: Any) -> bool:
    """Is it (messages, cursor)?  The cursor may be any plain value but None."""
    pair = isinstance(got, tuple) and len(got) == 2 and type(got[0]) is list
    return pair and not isinstance(got[1], NotPlain | Raised) and got[1] is not None


def _is_large(cursor: Any) -> bool:
    return type(cursor) is int and cursor > 1_000_000


EXERCISES = (
    Exercise(
        number="1.3",
        title="Read on from a cursor",
        section="cursor",
        minutes=7,
        core=True,
        names=("since",),
        cases=CASES,
        hints=(
            "Each message has a number, and the numbers never start again. What is the least that "
            "a reader must tell you so that you know what they have?",
            "The cursor is the number of the last message that the reader has. New is what has a "
            "larger number. The place in the list says nothing, once the log has forgotten some.",
            "news = [entry for entry in log if entry[0] > cursor]. Return the texts; the new "
            "cursor is the number of the last entry in news, or the old cursor when there is none.",
        ),
        wrong_ideas={
            "clear_on_read": WrongIdea(
                "what was read is removed",
                "The log has more than one reader, and an answer may be lost on its way. Who "
                "removes a message when it is read takes it from everybody else. Leave the log "
                "alone; the cursor says who has read what.",
            ),
            "remembers_readers": WrongIdea(
                "the function remembers what was read",
                "It gives one answer to the first who asks, and another to the same question "
                "later. So a second reader misses what the first one got, and when the server "
                "starts again all is forgotten. The cursor in the question says who has read what; "
                "keep nothing outside the log.",
            ),
            "timestamp_cursor": WrongIdea(
                "the cursor is a time",
                "Two messages may be written in the same moment. With a time as cursor, a message "
                "that comes in the moment of the last one read is never given out, or one is given "
                "out twice. Numbers are different for each message.",
            ),
            "cursor_is_index": WrongIdea(
                "the cursor is a place in the list",
                "The log forgets its oldest messages, and then every message moves to another "
                "place. Its number stays: compare numbers.",
            ),
            "off_by_one": WrongIdea(
                "the cursor is one too large or too small",
                "The cursor is the last message that the reader has. Give out those with a larger "
                "number: not that one again, and without leaving out the next.",
            ),
        },
        judge=judge_1_3,
    ),
)
