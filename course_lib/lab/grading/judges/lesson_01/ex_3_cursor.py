"""Judge of exercise 1.3: the answer reads a bounded log for readers who bring a cursor.

    log       [(7, 1716.25, "hi"), (8, 1716.25, "안녕"), (9, 1717.5, "👋")]     1 to 6: forgotten
    reader    "I have read up to here"  ──▶  the messages after it, and where it is now

Exercises.  Builds on: `grading.trial`.
What is new here: a cursor goes back as the answer gave it out, whatever it is; only the texts that
each reader gets count.  The log is in the answer's process, and the judge sees whether it changes.
Left out: telling a reader how many messages were forgotten.
"""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from ...sandbox.values import NotPlain
from ...trial import Answer, Exercise, Play, Trial, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    "one reader who comes often":
        "New is what has a number above the cursor. Return the texts of all of it, oldest first, "
        "and then the number of the newest one. If nothing is new, also in an empty log, that is "
        "an empty list and the cursor as it was.",
    "two readers of one log": "What a reader gets depends on the log and the cursor alone.",
    "two messages in the same moment": "No two messages have the same number: compare numbers.",
    "a log that has forgotten old messages":
        "Message 8 may be the first one in the list. Whoever has read up to 5 then gets all that "
        "is left: 8 and those after it.",
}  # fmt: skip
OFTEN, TWO, SAME_TIME, FORGOTTEN = CASES
STORIES = {  # who reads, how many messages are written, what one says, and what happens to the log
    OFTEN: "mina ok ok mina 3 mina mina 1 mina 4 mina restarts mina loads mina 1 mina",
    TWO: "2 mina 1 joon 3 mina 1 mina 2 joon mina",
    SAME_TIME: "1 mina same mina 1 mina same mina 1 mina same mina 1 same same mina",
    FORGOTTEN: "5 mina 1 mina 2 mina 7 mina 1 mina joon 1 joon",
}
NEWS = {"restarts": "the server starts again, with an empty log", "loads": "it loads the old log"}
LOG = ("the log", "class _new_log(list):\n    read = 0\n")  # `read`: for what remembers
CHANGED = "The log has other readers: leave it as it is. Do not sort, turn or empty it."


def right(log: Any, cursor: Any, wrong: Wrong) -> tuple[list[str], Any]:
    """The answer, with a switch for each mistake."""
    cursor = log.read if "remembers" in wrong else cursor
    key, least = 1 if "time" in wrong else 0, cursor + 1 if "skips" in wrong else cursor
    news = [e for e in log if e[key] > least or (e[key] == least and "again" in wrong)]
    news = log[cursor:] if "place" in wrong else news
    texts = [one for _, _, one in news]
    texts = [*dict.fromkeys(texts)] if "each once" in wrong else texts
    last = max(e[key] for e in news) + ("and 1" in wrong) if news else cursor
    last = len(log) if "length" in wrong else cursor + len(news) if "counts" in wrong else last
    last = 0 if "0 if empty" in wrong and not log else last
    log.read = last
    if "drops" in wrong:
        log[:] = [e for e in log if e[0] > (cursor if "late" in wrong else last)]
    return texts, last


def judge_1_3(answer: Answer, chance: random.Random) -> Verdict:
    """Four stories; each adds one difficulty."""
    trial = Trial(answer, chance, right, reads=_texts)
    for case, words in STORIES.items():
        trial.play(case, partial(_story, words.split(), 5 if case == FORGOTTEN else 99))
    return trial.verdict()


def _texts(got: Any) -> list[str]:
    """What counts of an answer: not the cursor, which may be any plain value."""
    texts, cursor = got
    if type(got) is not tuple or type(texts) is not list or isinstance(cursor, NotPlain):
        raise TypeError
    return texts


def _story(words: list[str], limit: int, play: Play) -> None:
    """Messages are written and read, until `since` changes the log."""
    log, cursors = play.make("_new_log"), {"mina": 0, "joon": 0}
    written: list[tuple[int, float, str]] = []
    entries, now = written, 1.7e9 + play.chance.randrange(10_000_000) + 0.25
    for word in words:
        if word in cursors:
            if not _reads(play, log, entries, word, cursors):
                break
        elif word in NEWS:
            entries = written[-limit:] if word == "loads" else []
            play.tell(NEWS[word])
        else:
            many = int(word) if word.isdecimal() else 1
            for _ in range(many):
                now += 0.0 if word == "same" else 1.0
                said = "ok" if word == "ok" else text.phrase(play.chance, at_most=4)
                written.append((len(written) + 1, now, said))
            entries = written[-limit:]
            moment = ", in the same moment as the last one" if word == "same" else ""
            play.tell(f"{_messages(written[-many:])} written{moment}")
    play.subject.close()  # what an answer remembers ends with its process


def _reads(play: Play, log: Any, entries: list[Any], name: str, cursors: dict[str, Any]) -> bool:
    """A reader calls `since`.  Is the log as it was?"""
    log.call("clear")
    log.call("extend", entries)
    which = f"log with {_messages(entries)}" if entries else "empty log"
    play.tell(f"{name} reads: since({which}, {cursors[name]!r})")
    got = play.call("since", log, cursors[name])
    usual = isinstance(got, tuple) and len(got) == 2 and type(got[0]) is list
    play.see(got, text=f"{name} gets {shown(got[0])}" if usual else "")
    cursors[name] = got[1] if usual else cursors[name]
    left, now = log.call("copy"), "the same"
    if left != entries:
        now = "fewer" if isinstance(left, list) and len(left) < len(entries) else "other"
    play.see(None, counts=now, why=CHANGED, text=f"since leaves a log with {now} messages")
    return now == "the same"


def _messages(entries: list[Any]) -> str:
    first, last = entries[0][0], entries[-1][0]
    return f"message {first}" if first == last else f"messages {first} to {last}"


EXERCISES = (Exercise(
    number="1.3", title="Read on from a cursor", section="cursor", minutes=7, core=True,
    names=("since",), cases=CASES, judge=judge_1_3, given=(LOG,),
    hints=(
        "Each message has a number, and the numbers never start again. What must a reader tell "
        "you so that you know what they have?",
        "The cursor is the number of the last message that the reader has. New is what has a "
        "larger number, wherever it is in the list.",
        "news = [entry for entry in log if entry[0] > cursor]. Return the texts; the new cursor "
        "is the number of the last entry in news, or the old cursor when there is none.",
    ),
    wrong_ideas={
        "same_text_once": WrongIdea("a text that was there already is left out",
            "Two people say “ok”, and both have said it. What makes a message new is its number, "
            "and not its text.", "each once"),
        "cursor_is_a_count": WrongIdea("the cursor counts the messages that were read",
            "Whoever came late has not read all of them, so the count is below the numbers. The "
            "cursor is the number of the newest message given out.", "counts"),
        "clear_on_read": WrongIdea("what was read is removed",
            "That takes it from all other readers. Leave the log alone; the cursor says who has "
            "read what.", "drops; drops, late"),
        "remembers_readers": WrongIdea("the function remembers what was read",
            "So a second reader misses what the first one got. The cursor in the request says who "
            "has read what: keep nothing outside the log.", "remembers"),
        "timestamp_cursor": WrongIdea("the cursor is a time",
            "Of two messages of one moment, one is then never given out, or given out twice. Each "
            "message has a number of its own.", "time; time, again"),
        "cursor_is_index": WrongIdea("the cursor is a place in the list",
            "When the log forgets its oldest messages, every other one moves to another place. "
            "Its number stays: compare numbers.", "place, length; place, counts; place; length"),
        "off_by_one": WrongIdea("the cursor is one too large or too small",
            "The cursor is the last message that the reader has. Give out those with a larger "
            "number: not that one again, and without leaving out the next.", "again; skips; and 1"),
    },
    slips={
        "In an empty log the cursor stays, too: 0 would give all again later.": "0 if empty",
    },
),)  # fmt: skip
