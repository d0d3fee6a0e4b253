"""Judge of exercise 2.1: a mailbox whose readers wait.

    take(0, 25) ──▶ ………………………… put("안녕") at 4.2 s ──▶ (["안녕"], 1) at 4.2 s, to every reader

Exercises.  Builds on: `grading.scene`.
What is new here: the judge stops the answer's loop after one turn, after two, after three, and puts
a message just then.  One of these moments lies between the answer's look at the log and its wait.
Left out: a bound on the log, and readers who leave; see exercise 2.4.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text

CASES = {
    (THERE := "messages that are there already"):
        "What comes after the cursor is log[cursor:], and the newest one's number is len(log). If "
        "something is there, take returns both at once. Messages stay in the log.",
    (WAITS := "a message while a reader waits"):
        "The reader sleeps until put wakes it, and not for a time of its own. It looks at the log "
        "again then, and returns all that is after its cursor by now.",
    (THREE := "three readers who wait"):
        "Each reader who waits gets the message, in the moment in which it is put.",
    (NOTHING := "no message before the hold is over"):
        "After hold seconds without a message, and no other time, the answer is ([], cursor). "
        "Nothing is raised: catch TimeoutError.",
    (AFTER := "a message after another reader's hold is over"):
        "When one reader's hold is over, others wait on: give each a future of its own (wait_for "
        "cancels it). put must leave out futures that are done: they can be filled once only.",
    (BETWEEN := "a message between looking and waiting"):
        "Nothing else may run between looking at the log and waiting: no await there.",
}  # fmt: skip
PUT = "put"
TURNS = 6  # of the loop, after each of which a message may come
PAUSES = {"polls": 0.05, "polls finely": 0.01, "polls slowly": 2.0}


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.log, self.event = wrong, list[str](), asyncio.Event()
        self.waiting: list[asyncio.Future[None]] = []

    def put(self, message: str) -> None:
        self.log.append(message)
        self.event.set()
        many = 1 if "wakes first" in self.wrong else len(self.waiting)
        woken, self.waiting = self.waiting[:many], self.waiting[many:]
        for future in woken[-1:] if "wakes last" in self.wrong else woken:
            if not future.done() or "fills all" in self.wrong:
                future.set_result(None)

    async def take(self, cursor: int, hold: float) -> tuple[list[str], int]:
        wrong, waits = self.wrong, hold > 0 and len(self.log) <= cursor
        if waits and "never waits" not in wrong:
            await self._wait(cursor, hold)
        news = self.log[cursor:]
        if "one at a time" in wrong or (waits and "carries one" in wrong):
            news = news[:1]
        counts = wrong & {"counts", "one at a time"}
        return news, cursor + len(news) if counts else len(self.log)

    async def _wait(self, cursor: int, hold: float) -> None:
        loop, wrong = asyncio.get_running_loop(), self.wrong
        end = loop.time() + hold
        for name in wrong & PAUSES.keys():
            while len(self.log) <= cursor and (left := end - loop.time()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(PAUSES[name], left) if "exact" in wrong else PAUSES[name])
            return
        for _ in wrong & {"awaits", "twice"}:
            await asyncio.sleep(0)
        self.waiting.append(future := loop.create_future())
        woken: Any = asyncio.ensure_future(self.event.wait()) if "event" in wrong else future
        await asyncio.wait([woken], timeout=None if "for ever" in wrong else hold)
        if "fills all" in wrong:
            future.cancel()  # as wait_for does


def judge_2_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right)
    # No multiples of a pause which an answer may make: it is late, each time.
    short, long = (round(chance.uniform(*most), 1) + 0.012 for most in ((0.2, 2.0), (4.1, 5.8)))
    first = 0, 25.0
    for case, steps in (
        (THERE, [PUT, PUT, PUT, PUT, (0, 0.0), first, (2, 25.0), (4, 0.0)]),
        (WAITS, [first, long, PUT, 0.0, (1, 25.0), long, PUT, PUT, 0.0]),
        (THREE, [first, short, first, short, first, short, PUT, 0.0]),
        (NOTHING, [PUT, (1, long), long + 0.001, 7200.0]),
        (AFTER, [(0, 3.02), 1.02, first, 3.0, first, 1.02, PUT, 0.0]),
    ):
        trial.play(case, partial(_story, steps))
    for turns in range(TURNS):
        trial.play(BETWEEN, partial(_between, turns))
    return trial.verdict()


def _story(steps: Sequence[Any], scene: Scene) -> None:
    """PUT: a message comes.  (cursor, hold): so does a reader.  A number: so many seconds pass."""
    box, readers = scene.make("Mailbox"), []
    for step in steps:
        if step == PUT:
            scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box)
            continue
        if isinstance(step, tuple):
            readers.append(scene.start("take", *step, on=box))
        scene.watch()
        scene.run(step if isinstance(step, float) else 0.0)
        for reader in readers:
            scene.see_end(reader)
        if scene.case == WAITS and step:
            scene.see_quiet("the reader")


def _between(turns: int, scene: Scene) -> None:
    """A message comes before the first turn of the loop, after it, after the second, …"""
    box = scene.make("Mailbox")
    reader = scene.start("take", 0, 25.0, on=box)
    if turns:
        scene.run(steps=turns - 1)  # a stopped loop still finishes its turn
    scene.call("put", text.phrase(scene.chance, at_most=4), on=box)
    scene.run()
    scene.see_end(reader)


EXERCISES = (Exercise(
    number="2.1", title="Hold the answer, for everybody", section="hold", minutes=15, core=True,
    names=("Mailbox",), cases=CASES, judge=judge_2_1, guards=(NO_SLEEP,),
    hints=(
        "A reader who waits needs a future of their own. Where does put find all of these?",
        "Look, and if there is nothing, put a new future into a list, with no await in between. "
        "put sets the result of all in the list and empties it. After the wait, look again: give "
        "out all there is.",
        "future = asyncio.get_running_loop().create_future(); self.waiting.append(future); await "
        "asyncio.wait([future], timeout=hold). Then return self.log[cursor:], len(self.log). In "
        "put: for future in self.waiting: if not future.done(): future.set_result(None).",
    ),
    wrong_ideas={
        "sleep_loop": WrongIdea("look, sleep a little, look again",
            "That is short polling inside the server: it works all the time for nothing, and a "
            "message waits for the end of a sleep. Let put fill a future, and await that.",
            "polls; polls, exact; polls finely; polls slowly; polls slowly, exact"),
        "wakes_one_waiter": WrongIdea("one message wakes one reader",
            "Every reader who waits gets every message. Keep all who wait, and wake each.",
            "wakes first; wakes last"),
        "check_then_wait_race": WrongIdea("there is an await between looking and waiting",
            "At an await others run, and a message that comes there wakes nobody: the reader "
            "waits until the hold is over. Look, and get on the list, with no await in between. "
            "(To start a coroutine in create_task, or up to Python 3.11 in wait_for, is an await, "
            "too.)", "awaits; awaits, twice"),
        "never_times_out": WrongIdea("the reader waits for ever",
            "After hold seconds the answer is an empty one. Without an end every proxy on the way "
            "ends the request with an error. Wait with a timeout.", "for ever"),
        "one_message_per_answer": WrongIdea("an answer has one message",
            "An answer costs a round trip. Give out everything after the cursor; otherwise a "
            "reader who has missed ten messages needs ten round trips.", "one at a time"),
        "answers_at_once": WrongIdea("the mailbox does not wait",
            "An empty answer at once is short polling: the reader must ask again and again. When "
            "there is nothing after the cursor, wait for a message, and answer then.",
            "never waits"),
        "event_stays_set": WrongIdea("what woke one reader wakes the next one, too",
            "An Event that has been set stays so, and whoever waits for it next does not wait at "
            "all. Each wait needs a new future, or each message a new Event.", "event"),
        "wakes_who_has_gone": WrongIdea("put fills the future of a reader whose hold is over",
            "wait_for cancels the future at the end of the hold, and set_result then raises "
            "InvalidStateError: those after it are not woken. Ask future.done() first.",
            "fills all"),
        "gives_what_woke_it": WrongIdea(
            "the reader gets the message that woke it, and not the others",
            "Two messages may be put before the reader's task runs again, and its future can "
            "carry one. Let the future say only that there is something; then read the log.",
            "carries one; carries one, counts"),
        **BLOCKS_THE_LOOP,
    },
),)  # fmt: skip
