"""Exercise 2.1: a mailbox whose readers wait.  `hold_story` judges it.

    take(0, 25) ──▶ ………………………… put("안녕") at 4.2 s ──▶ (["안녕"], 1) at 4.2 s, to every reader

Exercises.  Builds on: `grading`, `clock`, `hold_story`.
What is new here: the texts for the learner; this module judges nothing.
Left out: a bound on the log, and readers who leave; see exercise 2.4.
"""

from __future__ import annotations

from ...exercise import Exercise
from ...verdict import WrongIdea
from . import clock as clocks
from .hold_story import CASES, judge_2_1

EXERCISES = (
    Exercise(
        number="2.1",
        title="Hold the answer, for everybody",
        section="hold",
        minutes=12,
        core=True,
        names=("Mailbox",),
        cases=CASES,
        hints=(
            "A reader who waits needs something of their own to wait for: a future. Where does put "
            "find the futures of all who wait?",
            "Look, and if there is nothing, put a new future into a list, with no await in "
            "between. put sets the result of every future in the list and empties it. After the "
            "wait, look again: give out all there is.",
            "future = asyncio.get_running_loop().create_future(); self.waiting.append(future); "
            "await asyncio.wait([future], timeout=hold). Then return self.log[cursor:], "
            "len(self.log). In put: for future in self.waiting: if not future.done(): "
            "future.set_result(None).",
        ),
        wrong_ideas={
            "sleep_loop": WrongIdea(
                "look, sleep a little, look again",
                "That is short polling inside the server: it works all the time for nothing, and "
                "a message waits for the end of a sleep. Wait for the message itself: put fills a "
                "future, and the reader awaits that.",
            ),
            "wakes_one_waiter": WrongIdea(
                "one message wakes one reader",
                "Every reader who waits gets every message. Keep all who wait, not only the last "
                "or the first one, and wake each of them.",
            ),
            "check_then_wait_race": WrongIdea(
                "there is an await between looking and waiting",
                "At an await others run. A message that comes after you have looked, and before "
                "you are on the list of those who wait, wakes nobody: the reader sits out the "
                "hold with a message in front of them. Look and get on the list with no await in "
                "between.",
            ),
            "never_times_out": WrongIdea(
                "the reader waits for ever",
                "After hold seconds the answer is an empty one. Without an end every proxy on the "
                "way ends the question in its own way, with an error. Wait with a timeout.",
            ),
            "one_message_per_answer": WrongIdea(
                "an answer has one message",
                "An answer costs a round trip. Give out everything after the cursor; otherwise a "
                "reader who is ten messages behind needs ten round trips, and falls behind "
                "further while messages come fast.",
            ),
            "answers_at_once": WrongIdea(
                "the mailbox does not wait",
                "An empty answer at once is short polling: the reader must ask again and again. "
                "When there is nothing after the cursor, wait for a message, and answer then.",
            ),
            "event_stays_set": WrongIdea(
                "what woke one reader wakes the next one, too",
                "An Event that has been set stays so, and whoever waits for it next does not wait "
                "at all. Each wait needs something fresh: a new future for each reader, or a new "
                "Event after each message.",
            ),
            clocks.NAME: clocks.IDEA,
        },
        judge=judge_2_1,
    ),
)
