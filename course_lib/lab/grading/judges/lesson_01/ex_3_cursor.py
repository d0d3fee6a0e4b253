"""Judge of exercise 1.3: the answer reads a bounded log for readers who bring a cursor.

    log       [(7, 1716.25, "hi"), (8, 1716.25, "안녕"), (9, 1717.5, "👋")]     1 to 6: forgotten
    reader    "I have read up to here"  ──▶  the messages after it, and where it is now

Exercises.  Builds on: `grading.trial`.
What is new here: the judge hands a cursor back as the answer gave it out, whatever its type; only
the messages that each reader gets count.  The log is in the answer's process, so the judge sees
whether the answer changes it.
Left out: telling a reader how many messages were forgotten.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.values import NotPlain, Raised
from ...trial import Play, Trial, Wrong
from ...verdict import Verdict, WrongIdea

CASES = {
    (OFTEN := "one reader who comes often"): (
        "New is what has a number above the cursor. Give out all of it, oldest first, and then the "
        "number of the newest one. If nothing is new, also in an empty log, that is an empty list "
        "and the cursor as it was."
    ),
    (TWO := "two readers of one log"): (
        "What a reader gets depends on the log and the cursor alone, and both stay as they are."
    ),
    (SAME_TIME := "two messages in the same moment"): (
        "Two messages may have the same time. No two have the same number: compare numbers."
    ),
    (FORGOTTEN := "a log that has forgotten old messages"): (
        "Message 8 may be the first one in the list. Whoever has read up to 5 then gets all that "
        "is left: 8 and those after it."
    ),
}
LOG = ("the log", "class _new_log(list):\n    read = 0\n")  # `read`: for what remembers
CHANGED = "The log has other readers: leave it as it is. Do not sort, turn or empty it."


def right(log: Any, cursor: Any, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    if ("needs an entry" in wrong and not log) or (
        "needs the next" in wrong and cursor and log and cursor < log[0][0] - 1
    ):
        raise LookupError
    cursor = log.read if "remembers" in wrong else cursor
    key, least = 1 if "time" in wrong else 0, cursor + 1 if "skips" in wrong else cursor
    news = [e for e in log if e[key] > least or (e[key] == least and "again" in wrong)]
    news = log[cursor:] if "place" in wrong else news
    news = log[cursor - log[0][0] + 1 :] if "place from first" in wrong and log else news
    news = news[:1] if "first only" in wrong else news[-1:] if "last only" in wrong else news
    news = news[::-1] if "turned" in wrong else news
    texts = [one for _, _, one in news]
    if "each once" in wrong:
        texts = [*dict.fromkeys(texts)]
    nothing = 0 if "or 0" in wrong else None if "or None" in wrong else cursor
    last = max(e[key] for e in news) + ("and 1" in wrong) if news else nothing
    last = len(log) if "length" in wrong else last
    last = cursor + len(news) if "counts" in wrong else cursor if "stays" in wrong else last
    log.read = last
    if "drops" in wrong:
        log[:] = [e for e in log if e[0] > (cursor if "late" in wrong else last)]
    if "whole entries" in wrong:
        return news, last
    return (last, texts) if "swapped" in wrong else (texts, last)


IDEAS = {
    "clear_on_read": ["drops", "drops, late"],
    "remembers_readers": ["remembers"],
    "timestamp_cursor": ["time", "time, again"],
    "cursor_is_index": ["place, length", "place, counts", "place", "length"],
    "cursor_is_a_count": ["counts"],
    "off_by_one": ["again", "skips", "and 1"],
    "same_text_once": ["each once"],
}
SLIPS = {
    "The list holds the texts alone, without their numbers and times.": ["whole entries"],
    "Where nothing is new the cursor stays as it was. With another one the reader gets everything "
    "again.": ["or 0", "or None"],
    "The log may be empty: then it has no first entry and no last one.": ["needs an entry"],
    "The next message may be forgotten. That is no error: give out those that are left.": [
        "needs the next"
    ],
    "A place below 0 is counted from the end of the list. A reader whose next message is forgotten "
    "gets all that is left: begin at 0 then.": ["place from first"],
    "Give out all that is new, and not one message for each call.": ["first only"],
    "Give out all that is new, and not the newest message alone.": ["last only"],
    "The oldest of the new messages comes first.": ["turned"],
    "The same messages come again in each answer: look at the cursor that the reader brings, and "
    "return the number of the newest message.": ["stays"],
    "The texts come first, and the cursor after them.": ["swapped"],
}


def judge_1_3(answer: Answer, chance: random.Random) -> Verdict:
    """Four stories; each adds one difficulty."""
    trial = Trial(answer, chance, right=right, ideas=IDEAS, slips=SLIPS, reads=_texts)
    for case, story in (
        (OFTEN, _often), (TWO, _two), (SAME_TIME, _same_time), (FORGOTTEN, _forgotten)
    ):  # fmt: skip
        trial.play(case, partial(_told, story))
    return trial.verdict()


def _texts(got: Any) -> list[str]:
    """What counts of an answer: not the cursor, which may be any plain value."""
    texts, cursor = got
    if type(got) is not tuple or type(texts) is not list or isinstance(cursor, NotPlain):
        raise TypeError
    return texts


def _told(story: Callable[[Story], None], play: Play) -> None:
    with contextlib.suppress(Finished):
        story(Story(play))
    play.subject.close()  # what an answer remembers ends with its process


class Story:
    """A log of the last `limit` messages (`theirs`: in the answer's process), and its readers."""

    def __init__(self, play: Play) -> None:
        self.play, self.chance, self.limit = play, play.chance, 1000
        self.entries: list[tuple[int, float, str]] = []
        self.theirs = play.make("_new_log")
        self.number, self.now = 0, 1.7e9 + self.chance.randrange(10_000_000) + 0.25
        self.cursors: dict[str, Any] = {}  # of each reader, as the answer gave it out last

    def write(self, count: int = 1, *, later: float = 1.0, said: str = "") -> None:
        """Some messages are written, each `later` seconds after the one before it."""
        for _ in range(count):
            self.number, self.now = self.number + 1, self.now + later
            entry = self.number, self.now, said or text.phrase(self.chance, at_most=4)
            self.entries.append(entry)
            self._log("append", entry)
        moment = "" if later else ", in the same moment as the last one"
        if count:
            self.play.tell(f"{_messages(self.number - count + 1, self.number)} written{moment}")
        while len(self.entries) > self.limit:
            del self.entries[0]
            self._log("pop", 0)

    def reads(self, name: str) -> None:
        """A reader calls `since`.  The story ends if the log was changed."""
        cursor = self.cursors.get(name, 0)
        numbers = [number for number, _, _ in self.entries]
        which = f"log with {_messages(numbers[0], numbers[-1])}" if numbers else "empty log"
        self.play.tell(f"{name} reads: since({which}, {cursor!r})")
        got = self.play.call("since", self.theirs, cursor)
        usual = isinstance(got, tuple) and len(got) == 2 and type(got[0]) is list
        self.play.see(got, text=f"{name} gets {shown(got[0])}" if usual else "")
        left, now = self._log("copy"), "the same"
        if left != self.entries:
            now = "fewer" if isinstance(left, list) and len(left) < len(numbers) else "other"
        self.play.see(None, counts=now, why=CHANGED,
                      text=f"since leaves a log with {now} messages")  # fmt: skip
        if now != "the same":
            raise Finished
        self.cursors[name] = got[1] if usual else cursor

    def _log(self, name: str, *args: Any) -> Any:
        """Call a method of the log in the answer's process; an answer may have broken it."""
        log = self.theirs
        return log if isinstance(log, Raised) else log.call(name, *args)


def _messages(first: int, last: int) -> str:
    return f"message {first}" if first == last else f"messages {first} to {last}"


class Finished(Exception):
    """The story ends: the log was changed."""


def _often(story: Story) -> None:
    for count in (0, 2, 3, 0, 1, 4):  # not 1 first: off by one is all or none
        story.write(count, said="ok" if count == 2 else "")
        story.reads("mina")


def _two(story: Story) -> None:
    for words in ("mina 2", "joon 1", "mina 3", "mina 1", "joon 2", "mina 0"):
        name, count = words.split()
        story.write(int(count))
        story.reads(name)


def _same_time(story: Story) -> None:
    """Two messages have the same time, before and after the first was read; then three have it."""
    for _ in range(3):
        for later in (1.0, 0.0):
            story.write(later=later)
            story.reads("mina")
    story.write()
    story.write(2, later=0.0)
    story.reads("mina")


def _forgotten(story: Story) -> None:
    """Mina is away once while two messages are forgotten, and joon comes late."""
    story.limit = story.chance.randint(4, 6)
    for count in (story.limit, 1, 2, story.limit + 2, 1):
        story.write(count)
        story.reads("mina")
    for count in (0, 1):
        story.write(count)
        story.reads("joon")


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
            "same_text_once": WrongIdea(
                "a text that was there already is left out",
                "Two people say “ok”, and both have said it. What makes a message new is its "
                "number, and not its text.",
            ),
            "cursor_is_a_count": WrongIdea(
                "the cursor counts the messages that were read",
                "A reader who was away, or came late, has not read all of them: the log has "
                "forgotten some, and the count stays behind the numbers. The cursor is the number "
                "of the newest message that was given out.",
            ),
            "clear_on_read": WrongIdea(
                "what was read is removed",
                "The log has more than one reader, and an answer may be lost on its way. Whoever "
                "removes a message when it is read takes it from everybody else. Leave the log "
                "alone; the cursor says who has read what.",
            ),
            "remembers_readers": WrongIdea(
                "the function remembers what was read",
                "It gives one answer to the first reader, and another to the same request later. "
                "So a second reader misses what the first one got, and when the server starts "
                "again all is forgotten. The cursor in the request says who has read what; keep "
                "nothing outside the log.",
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
        given=(LOG,),
    ),
)
