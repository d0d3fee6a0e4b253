"""Judge of exercise 2.1: a mailbox whose readers wait, on the judge's clock.

    take(0, 25) ──▶ ………………………… put("안녕") at 4.2 s ──▶ (["안녕"], 1) at 4.2 s, to every reader
    take(1, 3)  ──▶ ………… nothing ………… ──▶ ([], 1) at 3 s

Exercises.  Builds on: `grading` (its stage), `clock`, `mailbox`.  Used by `ex_1_hold`.
What is new here: the judge stops the answer's loop after one turn, after two, after three, and puts
a message just then.  One of these moments lies between the answer's check of the log and its wait.
Left out: a bound on the log, and readers who leave; see exercise 2.4.
"""

from __future__ import annotations

import random

from ... import text
from ...answer import Answer
from ...marks import shown
from ...sandbox.remote import RemoteObject, Stage, Turn
from ...sandbox.values import Raised, same
from ...verdict import Verdict
from . import clock as clocks
from . import mailbox as mailboxes

THERE = "messages that are there already"
WAITS = "a message while a reader waits"
THREE = "three readers who wait"
NOTHING = "no message before the hold is over"
BETWEEN = "a message between looking and waiting"
CASES = (THERE, WAITS, THREE, NOTHING, BETWEEN)
TURNS = 6  # of the loop, after each of which a message may come
BUSY = 3  # timers that a waiting reader may set; waiting needs one


def judge_2_1(answer: Answer, chance: random.Random) -> Verdict:
    stage = clocks.begin(answer)
    now = 0.0
    for part in (_there, _waits, _three, _nothing, _between):
        now = part(answer, chance, stage, now)
    return answer.marks.verdict()


def _box(answer: Answer, stage: Stage, now: float, case: str) -> mailboxes.Box | None:
    stage.run(until=now)
    made = stage.make("Mailbox")
    if isinstance(made, RemoteObject):
        return mailboxes.Box(answer, stage, made, case)
    answer.marks.equal(case, made, "a mailbox", given="Mailbox()")
    return None


def _there(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """Messages are there: `take` must return all those after the cursor at once, and no others."""
    box = _box(answer, stage, now, THERE)
    if box is None:
        return now
    for _ in range(chance.randint(3, 6)):
        box.put(text.phrase(chance))
    for cursor, hold in ((0, 0.0), (0, 25.0), (2, 25.0), (len(box.log), 0.0)):
        task, given = box.take(cursor, hold), f"take({cursor}, {hold:g})"
        box.until(now)
        wanted = (box.log[cursor:], len(box.log))
        short = (box.log[cursor : cursor + 1], cursor + 1)
        event = box.ended.get(task) if type(task) is int else None
        if event is not None and mailboxes.one_only(event.value, short, wanted):
            answer.marks.equal(
                THERE, event.value, wanted, idea="one_message_per_answer", given=given
            )
            continue
        box.check(task, now, wanted, given, "at once")
    return now + 30.0


def _waits(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """A reader must be idle until a message is put, and get it in that moment; played twice."""
    box = _box(answer, stage, now, WAITS)
    if box is None:
        return now
    for number in range(2):
        task, started = box.take(number, 25.0), now
        given = f"take({number}, 25)"
        turns = [box.until(now)]
        if task in box.ended:
            _too_soon(box, task, number, started)
            return now + 60.0
        now += chance.uniform(4.1, 9.0)
        turns.append(box.until(now))
        if task not in box.ended and _busy(box, turns, f"in {now - started:.1f} s, {given}"):
            box.put("an end to it")
            box.until(now + 30.0)
            return now + 60.0
        if task in turns[-1].waiting:
            for _ in range(number + 1):
                box.put(text.phrase(chance))
            box.until(now)
        elif type(task) is int and task in box.ended:  # before the hold was over
            _too_soon(box, task, number, started)
            return now + 60.0
        given += f", and {('a message', 'two messages')[number]} after {now - started:.3f} s,"
        wanted = (box.log[number:], len(box.log))
        box.check(task, now, wanted, given, "in the moment of the message")
    return now + 30.0


def _busy(box: mailboxes.Box, turns: list[Turn], told: str) -> bool:
    """Does the reader poll?"""
    restless = any(turn.restless for turn in turns)
    timers = sum(turn.timers for turn in turns)
    if not restless and timers <= BUSY:
        return False
    box.answer.marks.fail(
        WAITS,
        observed=f"{told} woke up {'all the time' if restless else f'{timers} times'}, and there "
        "was no message",
        expected="it sleeps until there is a message or the hold is over",
        idea="sleep_loop",
    )
    return True


def _too_soon(box: mailboxes.Box, task: int, number: int, started: float) -> None:
    """Mark a `take` that returned although no message has come, which is always wrong."""
    event, marks, given = box.ended[task], box.answer.marks, f"take({number}, 25)"
    if clocks.blocked(marks, box.case, event.value, given):
        return
    idea = "event_stays_set" if box.log else "answers_at_once"
    waited = event.at - started
    named = same(event.value, ([], number)) and waited < 0.001 and not marks.faulty
    before = "; the message before it had been taken" if box.log else ""
    marks.fail(
        box.case,
        observed=f"{given} gave {shown(event.value)} after {waited:.3g} s, although no message had "
        f"come{before}",
        expected="it waits until there is a message, for at most the 25 seconds",
        idea=idea if named else "",
        raised=event.value if isinstance(event.value, Raised) else None,
    )


def _three(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """One message must wake all three readers, who came at different times."""
    box = _box(answer, stage, now, THREE)
    if box is None:
        return now
    tasks = []
    for _ in range(3):
        tasks.append(box.take(0, 25.0))
        now += chance.uniform(0.2, 2.0)
        box.until(now)
    box.put(text.phrase(chance))
    box.until(now)
    wanted = (box.log, 1)
    good = [task for task in tasks if box.right(task, now, wanted)]
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
        given = "one of three readers with take(0, 25)"
        box.check(task, now, wanted, given, "in the moment of the message")
    return now + 30.0


def _nothing(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """An empty result at the end of the hold.  An earlier message came while no reader waited."""
    box = _box(answer, stage, now, NOTHING)
    if box is None:
        return now
    box.put(text.phrase(chance))
    hold = round(chance.uniform(2.0, 20.0), 1)
    task, due = box.take(1, hold), now + hold
    given = f"after one message, take(1, {hold:g})"
    turn = box.until(now)
    event = box.ended.get(task) if type(task) is int else None
    if event is not None and same(event.value, ([], 1)):
        answer.marks.fail(
            NOTHING,
            observed=f"{given} gave ([], 1) at once; the message had come before, while nobody "
            "waited",
            expected=f"([], 1) after {hold:g} s, for no other message came",
            idea="" if answer.marks.faulty else "event_stays_set",
        )
        return due + 3700.0
    turn = box.until(due + 0.001)
    if task in turn.waiting:
        turn = box.until(due + 3600.0)
    if task in turn.waiting:
        answer.marks.fail(
            NOTHING,
            observed=f"{given} was still waiting an hour later",
            expected=f"([], 1) after {hold:g} s",
            idea="never_times_out",
        )
        box.put("an end to it")
        return due + 3700.0
    box.check(task, due, ([], 1), given, f"after {hold:g} s, for no other message came")
    return due + 3700.0


def _between(answer: Answer, chance: random.Random, stage: Stage, now: float) -> float:
    """Put the message before the first turn of the loop, after it, after the second, …"""
    for turns in range(TURNS):
        box = _box(answer, stage, now, BETWEEN)
        if box is None:
            return now
        task = box.take(0, 25.0)
        if turns:
            box.until(now, steps=turns - 1)  # a stopped loop still finishes its turn
        box.put(text.phrase(chance))
        turn, wanted = box.until(now), (box.log, 1)
        if box.right(task, now, wanted):
            answer.marks.true(BETWEEN, True)
        elif task in turn.waiting:
            answer.marks.fail(
                BETWEEN,
                observed="take(0, 25) had begun and did not wait yet; then a message was put, and "
                "the reader was not woken",
                expected=f"{shown(wanted)} at once",
                idea="" if answer.marks.faulty else "check_then_wait_race",
            )
            return now + 60.0
        else:
            box.check(task, now, wanted, "a message that comes at once, and take(0, 25)", "at once")
        now += 60.0
        box.until(now)
    return now
