"""Judge of exercise 2.1: a mailbox whose readers wait.

    take(0, 25) ──▶ ………………………… put("안녕") at 4.2 s ──▶ (["안녕"], 1) at 4.2 s, to every reader
    take(1, 3)  ──▶ ………… nothing ………… ──▶ ([], 1) at 3 s

Exercises.  Builds on: `grading.scene`.
What is new here: the judge stops the answer's loop after one turn, after two, after three, and puts
a message just then.  One of these moments lies between the answer's look at the log and its wait.
Left out: a bound on the log, and readers who leave; see exercise 2.4.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text

CASES = {
    (THERE := "messages that are there already"): (
        "When there are messages after the cursor, take returns all of them at once, and the "
        "number of the newest one. The first message has number 1: log[cursor:] is what comes "
        "after the cursor, and len(log) is the newest one's number."
    ),
    (WAITS := "a message while a reader waits"): (
        "put wakes the reader. It looks at the log again then, and returns all that is after its "
        "cursor by now."
    ),
    (THREE := "three readers who wait"): (
        "Each reader who waits gets the message, in the moment in which it is put."
    ),
    (NOTHING := "no message before the hold is over"): (
        "After hold seconds without a message the answer is ([], cursor), and nothing is raised."
    ),
    (AFTER := "a message after another reader's hold is over"): (
        "A reader whose hold is over waits no more. What it waited for must be off the list, or "
        "put must leave it out: a future can be filled once only."
    ),
    (BETWEEN := "a message between looking and waiting"): (
        "Between looking at the log and waiting, nothing else may run: no await there."
    ),
}
TURNS = 6  # of the loop, after each of which a message may come
PAUSES = {"polls": 0.05, "polls finely": 0.01, "polls slowly": 2.0, "spins": 0.0}


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.log = wrong, list[str]()
        self.waiting: list[asyncio.Future[None]] = []
        self.event, self.queue = asyncio.Event(), asyncio.Queue[str]()

    def put(self, message: str) -> None:
        wrong, waiting = self.wrong, self.waiting
        self.log.append(message)
        self.event.set()
        self.queue.put_nowait(message)
        self.waiting = waiting[1:] if "wakes first" in wrong else []
        waiting = waiting[:1] if "wakes first" in wrong else waiting
        for future in waiting[-1:] if "wakes last" in wrong else waiting:
            future.set_result(None) if "fills all" in wrong else _fill(future)

    async def take(self, cursor: int, hold: float) -> tuple[list[str], int]:
        wrong, log, begin = self.wrong, self.log, 0 if "clears" in self.wrong else cursor
        news, hold = log[begin:], 25.0 if "own hold" in wrong else hold
        if (not news or "looks late" in wrong) and hold and "never waits" not in wrong:
            try:
                got = await self._wait(cursor, hold)
                if "queue" in wrong:
                    return [got], cursor + 1
            except TimeoutError:
                if "raises" in wrong:
                    raise
        found = news if "looks once" in wrong else log[begin:]
        if "one at a time" in wrong or (not news and "carries one" in wrong):
            found = found[:1]
        if "clears" in wrong:
            log.clear()
        counts = wrong & {"counts", "clears", "one at a time"}
        return found, cursor + len(found) if counts else len(log)

    async def _wait(self, cursor: int, hold: float) -> Any:
        loop, wrong = asyncio.get_running_loop(), self.wrong
        for name in wrong & PAUSES.keys():
            end, pause = loop.time() + hold, PAUSES[name]
            while len(self.log) <= cursor and (left := end - loop.time()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(pause, left) if "exact" in wrong else pause)
            return
        for _ in range(2 if "awaits twice" in wrong else "awaits" in wrong):
            await asyncio.sleep(0)
        if wrong & {"event", "queue"}:
            woken = self.event.wait if "event" in wrong else self.queue.get
            return await asyncio.wait_for(woken(), hold)
        last = self.waiting[-1] if self.waiting and "shared" in wrong else None
        if last is None or (last.done() and "fresh" in wrong):
            self.waiting.append(last := loop.create_future())
        if "one timer" in wrong:
            loop.call_later(hold, _fill, last)
        try:
            if wrong & {"raises", "fills all", "shared", "for ever"}:
                await asyncio.wait_for(last, None if wrong & {"for ever", "one timer"} else hold)
            else:
                await asyncio.wait([last], timeout=hold)
        finally:
            if "tidy" in wrong and last in self.waiting:
                self.waiting.remove(last)


def _fill(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def judge_2_1(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right)
    for case, story in (
        (THERE, _there),
        (WAITS, _waits),
        (THREE, _three),
        (NOTHING, _nothing),
        (AFTER, _after),
    ):
        trial.play(case, story)
    for turns in range(TURNS):
        trial.play(BETWEEN, partial(_between, turns))
    return trial.verdict()


def _there(scene: Scene) -> None:
    """Messages are there: `take` returns all those after the cursor at once, and no others."""
    box = scene.make("Mailbox")
    count = scene.chance.randint(3, 6)
    for _ in range(count):
        scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box)
    for cursor, hold in ((0, 0.0), (0, 25.0), (2, 25.0), (count, 0.0)):
        reader = scene.start("take", cursor, hold, on=box)
        scene.run()
        scene.see_end(reader)


def _waits(scene: Scene) -> None:
    """A reader sleeps until a message is put, and gets it in that moment; twice."""
    box = scene.make("Mailbox")
    for number in range(2):
        reader = scene.start("take", number, 25.0, on=box)
        scene.run()
        scene.see_end(reader)
        scene.watch()
        scene.run(_some(scene, 4.1, 5.8))
        scene.see_quiet("the reader")
        for _ in range(number + 1):  # the second time two messages come in the same moment
            scene.call("put", text.phrase(scene.chance, at_most=4), on=box)
        scene.run()
        scene.see_end(reader)


def _three(scene: Scene) -> None:
    """One message wakes three readers, who came at different times."""
    box, readers = scene.make("Mailbox"), []
    for _ in range(3):
        readers.append(scene.start("take", 0, 25.0, on=box))
        scene.run(_some(scene, 0.2, 2.0))
    scene.call("put", text.phrase(scene.chance, at_most=4), on=box)
    scene.run()
    for reader in readers:
        scene.see_end(reader)


def _nothing(scene: Scene) -> None:
    """The hold ends.  One message had come before, while nobody waited."""
    box = scene.make("Mailbox")
    scene.call("put", text.phrase(scene.chance, at_most=4), on=box)
    hold = _some(scene, 2.0, 8.0)
    reader = scene.start("take", 1, hold, on=box)
    for seconds in (hold + 0.001, 7200.0):
        scene.run(seconds)
        scene.see_end(reader)


def _after(scene: Scene) -> None:
    """One reader's hold ends while another waits, and a third comes; then there is a message."""
    box = scene.make("Mailbox")
    first = scene.start("take", 0, 3.02, on=box)
    scene.run(1.02)
    others = [scene.start("take", 0, 25.0, on=box)]
    scene.run(3.0)
    scene.see_end(first, case=NOTHING)
    others.append(scene.start("take", 0, 25.0, on=box))
    scene.run(1.02)
    scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box)
    scene.run()
    for reader in others:
        scene.see_end(reader)


def _some(scene: Scene, least: float, most: float) -> float:
    """Seconds that are no multiple of a pause which an answer may make: it is late, each time."""
    return round(scene.chance.uniform(least, most), 1) + 0.012


def _between(turns: int, scene: Scene) -> None:
    """A message comes before the first turn of the loop, after it, after the second, …"""
    box = scene.make("Mailbox")
    reader = scene.start("take", 0, 25.0, on=box)
    if turns:
        scene.run(steps=turns - 1)  # a stopped loop still finishes its turn
    scene.call("put", text.phrase(scene.chance, at_most=4), on=box)
    scene.run()
    scene.see_end(reader)


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
                "polls; polls, exact; polls finely; polls slowly; polls slowly, exact",
            ),
            "wakes_one_waiter": WrongIdea(
                "one message wakes one reader",
                "Every reader who waits gets every message. Keep all who wait, not only the last "
                "or the first one, and wake each of them.",
                "wakes first; wakes first, tidy; wakes last; queue",
            ),
            "check_then_wait_race": WrongIdea(
                "there is an await between looking and waiting",
                "At an await others run. A message that comes after you have looked, and before "
                "you are on the list of those who wait, wakes nobody: the reader sits out the "
                "hold with a message in front of them. Look and get on the list with no await in "
                "between. (create_task, and wait_for up to Python 3.11, start a coroutine one turn "
                "later: that is an await, too.)",
                "awaits; awaits twice",
            ),
            "never_times_out": WrongIdea(
                "the reader waits for ever",
                "After hold seconds the answer is an empty one. Without an end every proxy on the "
                "way ends the request in its own way, with an error. Wait with a timeout.",
                "for ever",
            ),
            "one_message_per_answer": WrongIdea(
                "an answer has one message",
                "An answer costs a round trip. Give out everything after the cursor; otherwise a "
                "reader who is ten messages behind needs ten round trips, and falls behind "
                "further while messages come fast.",
                "one at a time",
            ),
            "answers_at_once": WrongIdea(
                "the mailbox does not wait",
                "An empty answer at once is short polling: the reader must ask again and again. "
                "When there is nothing after the cursor, wait for a message, and answer then.",
                "never waits",
            ),
            "event_stays_set": WrongIdea(
                "what woke one reader wakes the next one, too",
                "An Event that has been set stays so, and whoever waits for it next does not wait "
                "at all. Each wait needs something fresh: a new future for each reader, or a new "
                "Event after each message.",
                "event",
            ),
            "wakes_who_has_gone": WrongIdea(
                "put fills the future of a reader whose hold is over",
                "wait_for cancels the future at the end of the hold, and a future can be filled "
                "once only: set_result raises InvalidStateError, and the readers after it on the "
                "list are not woken. Ask future.done() first, or take the future off the list in "
                "a finally.",
                "fills all",
            ),
            "gives_what_woke_it": WrongIdea(
                "the reader gets the message that woke it, and not the others",
                "Two messages may be put before the reader's task runs again, and its future can "
                "carry one. Let the future say only that there is something; then read the log.",
                "carries one; carries one, counts",
            ),
            **BLOCKS_THE_LOOP,
        },
        slips={
            "take looks at the log before it waits, and gives that. After the "
            "wait, look again.": "looks once",
            "take waits although there are messages after the cursor. Look first, and wait only "
            "when there are none.": "looks late",
            "sleep(0) comes back at once, so the loop never rests. Let the reader await a future "
            "that put fills.": "spins",
            "The end of the hold is no error for the reader: catch TimeoutError, and return the "
            "empty answer.": "raises",
            "hold is an argument: wait for that long, and not for a time of your own. With 0, do "
            "not wait.": "own hold",
            "When the hold of one reader is over, others stop waiting, too, because they share a "
            "future (and wait_for cancels it). Give each reader one "
            "of their own.": "shared; shared, fresh; shared, one timer",
            "A message stays in the log when it is given out: other readers need it, too. The "
            "cursor says what a reader has.": "clears",
        },
        judge=judge_2_1,
        guards=(NO_SLEEP,),
    ),
)
