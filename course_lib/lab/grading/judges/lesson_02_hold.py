"""Judge of exercise 2.1: a mailbox whose readers wait, on the judge's clock.

    take(0, 25) ──▶ ………………………… put("안녕") at 4.2 s ──▶ (["안녕"], 1) at 4.2 s, to every reader
    take(1, 3)  ──▶ ………… nothing ………… ──▶ ([], 1) at 3 s

Exercises.  Builds on: `grading` (its stage).
What is new here: the answer's loop is stopped after one turn, after two, after three, and a message
is put in just then.  Whatever happens between looking and waiting happens in one of these moments.
Left out: a bound, and readers who leave; see exercise 2.4.
"""

from __future__ import annotations

import random

from .. import text
from ..answer import Answer
from ..exercise import Exercise
from ..marks import shown
from ..remote import Held, Stage
from ..verdict import Verdict, WrongIdea
from . import lesson_02_mailbox as mailboxes

THERE = "messages that are there already"
WAITS = "a message while a reader waits"
THREE = "three readers who wait"
NOTHING = "no message before the hold is over"
BETWEEN = "a message between looking and waiting"
CASES = (THERE, WAITS, THREE, NOTHING, BETWEEN)
TURNS = 6  # of the loop, after each of which a message may come
BUSY = 3  # timers that a waiting reader may set; waiting needs one


def judge_2_1(answer: Answer, chance: random.Random) -> Verdict:
    stage = answer.stage()
    now = 0.0
    for part in (_there, _waits, _three, _nothing, _between):
        now = part(answer, chance, stage, now)
    return answer.marks.verdict()


def _box(answer: Answer, stage: Stage, now: float, case: str) -> mailboxes.Box | None:
    stage.run(until=now)
    made = stage.make("Mailbox")
    if isinstance(made, Held):
        return mailboxes.Box(answer, stage, made, case)
    answer.marks.equal(case, made, "a mailbox", given="Mailbox()")
    return None


def _there(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """All of them at once, and those after the cursor only."""
    box = _box(answer, stage, now, THERE)
    if box is None:
        return now
    for _ in range(chance.randint(3, 6)):
        box.put(text.phrase(chance))
    for cursor, hold in ((0, 0.0), (0, 25.0), (2, 25.0), (len(box.log), 0.0)):
        task = box.take(cursor, hold)
        turn = box.until(now)
        wanted = (box.log[cursor:], len(box.log))
        short = (box.log[cursor : cursor + 1], cursor + 1)
        happened = mailboxes.of(turn, task)
        if happened is not None and mailboxes.one_only(happened.value, short, wanted):
            answer.marks.equal(THERE, happened.value, wanted, idea="one_message_per_answer",
                               given=f"take({cursor}, {hold})")  # fmt: skip
            continue
        mailboxes.check(answer.marks, THERE, task, turn, now, wanted, f"take({cursor}, {hold})")
    return now + 30.0


def _waits(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """Answered in the moment of the message, and idle until then; and once more."""
    box = _box(answer, stage, now, WAITS)
    if box is None:
        return now
    for number in range(2):
        task, started = box.take(number, 25.0), now
        given = f"take({number}, 25)"
        now += chance.uniform(4.1, 9.0)
        turn = box.until(now)
        busy = turn.restless or turn.timers > BUSY
        if busy and mailboxes.of(turn, task) is None:
            looked = f"more than {BUSY} times" if turn.restless else f"{turn.timers} times"
            answer.marks.fail(
                WAITS,
                observed=f"in {now - started:.1f} s without a message, {given} woke up {looked}",
                expected="it sleeps until there is a message or the hold is over",
                idea="sleep_loop",
            )
            box.put("an end to it")
            box.until(now + 30.0)
            return now + 60.0
        if task in turn.waiting:
            box.put(text.phrase(chance))
            turn = box.until(now)
        given += f", and a message after {now - started:.3f} s,"
        mailboxes.check(
            answer.marks, WAITS, task, turn, now, (box.log[number:], len(box.log)), given
        )
    return now + 30.0


def _three(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """One message wakes all of them, also those who came at other times."""
    box = _box(answer, stage, now, THREE)
    if box is None:
        return now
    tasks = []
    for _ in range(3):
        tasks.append(box.take(0, 25.0))
        now += chance.uniform(0.2, 2.0)
        box.until(now)
    box.put(text.phrase(chance))
    turn = box.until(now)
    wanted = (box.log, 1)
    good = [task for task in tasks if mailboxes.right(mailboxes.of(turn, task), now, wanted)]
    other = box.until(now + 30.0)
    if good and len(good) < 3:
        late = ", ".join(f"{event.at - now:.1f} s later" for event in other.happened) or "never"
        answer.marks.fail(
            THREE,
            observed=f"three readers waited; one message answered {len(good)} of them at once, "
            f"the rest {late}",
            expected="all three are answered in the moment of the message",
            idea="" if answer.marks.faulty else "wakes_one_waiter",
        )
        return now + 30.0
    for task in tasks:
        mailboxes.check(
            answer.marks, THREE, task, turn, now, wanted, "one of three waiting take(0, 25)"
        )
    return now + 30.0


def _nothing(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """An empty answer, at the end of the hold."""
    box = _box(answer, stage, now, NOTHING)
    if box is None:
        return now
    box.put(text.phrase(chance))
    hold = round(chance.uniform(2.0, 20.0), 1)
    task, due = box.take(1, hold), now + hold
    given = f"take(1, {hold}), with no message to come,"
    early = box.until(due - 0.001)
    turn = early if mailboxes.of(early, task) else box.until(due + 0.001)
    if task in turn.waiting:
        turn = box.until(due + 3600.0)
    if task in turn.waiting:
        answer.marks.fail(
            NOTHING,
            observed=f"{given} was still waiting an hour later",
            expected=f"([], 1) after {hold} s",
            idea="never_times_out",
        )
        box.put("an end to it")
        return due + 3700.0
    mailboxes.check(answer.marks, NOTHING, task, turn, due, ([], 1), given)
    return due + 3700.0


def _between(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """The message comes after the first turn of the loop, after the second, …"""
    for turns in range(TURNS):
        box = _box(answer, stage, now, BETWEEN)
        if box is None:
            return now
        task = box.take(0, 25.0)
        if turns:
            stage.run(until=now, steps=turns)
        box.put(text.phrase(chance))
        turn, wanted = box.until(now), (box.log, 1)
        if mailboxes.right(mailboxes.of(turn, task), now, wanted):
            answer.marks.true(BETWEEN, True)
        elif task in turn.waiting:
            answer.marks.fail(
                BETWEEN,
                observed="a message came after take had begun and before it waited; the reader "
                "was not woken",
                expected=f"{shown(wanted)} at once",
                idea="" if answer.marks.faulty else "check_then_wait_race",
            )
            return now + 60.0
        else:
            mailboxes.check(answer.marks, BETWEEN, task, turn, now, wanted, "take(0, 25)")
        now += 60.0
        box.until(now)
    return now


EXERCISES = (
    Exercise(
        number="2.1",
        title="Hold the answer, for everybody",
        section="hold",
        minutes=12,
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
        },
        judge=judge_2_1,
    ),
)
