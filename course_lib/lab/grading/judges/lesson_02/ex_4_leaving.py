"""Judge of exercise 2.4: a reader who waits, and whose peer has left.

    take(0, 25) ──▶ ………… cancel ──▶ cancelled, waiters 0        put("hi") ──▶ deliveries 0

Exercises.  Builds on: `grading.scene`.
What is new here: a text of the judge, in the answer's process, lets hundreds of readers come and
go.  A leak shows in how many new objects are still there after that.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...marks import gave
from ...sandbox.values import is_number
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Raised, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (STAYS := "a reader who stays"):
        "take works as in 2.1: it looks first, and again after the wait. waiters (a @property) is "
        "the number of readers who wait: each is taken off the list once, in put or in take. "
        "deliveries grows by the number of messages that take returns, just before it does so.",
    (LEAVES := "a reader who leaves"):
        "The await inside take raises CancelledError. Clean up once, and let it pass: the task "
        "ends as cancelled, waiters is one less, and nothing was delivered.",
    (AFTER := "a message after a reader has left"):
        "Only the reader who is there gets the message, and only this one counts.",
    (MOMENT := "a reader who leaves in the moment of a message"):
        "Nothing is delivered: the reader leaves before take could return. put may meet a future "
        "that is done (ask done() first), and take one that put has taken off the list.",
    (CROWD := "hundreds of readers who come and go"):
        "When they have gone, the mailbox must hold nothing of them: no future, no event, no "
        "task. Else it grows for as long as the server runs.",
}  # fmt: skip
ELSEWHERE = ("counts list", "counts puts", "counts in finally")
PUT = "put"
MANY = 200  # readers
LEAK = (
    "the grader's readers",
    '''\
async def _crowd(box, count, how):
    """Let so many readers come, and go in this way; say what stays of them."""
    import asyncio, gc
    others = gc.get_freeze_count()  # theirs stay frozen
    gc.freeze()  # what was there before counts no more
    tasks = [asyncio.ensure_future(box.take(0, 5.0)) for _ in range(count)]
    await asyncio.sleep(1)
    waiting = sum(not task.done() for task in tasks)
    for task in tasks if how == "leave" else ():
        task.cancel()
    if how == "get a message":
        box.put("hi")
    await asyncio.wait(tasks, timeout=60)
    for task in tasks:
        task.cancelled() or task.exception()
    tasks = task = None
    await asyncio.sleep(10)  # until the loop has dropped its timers
    gc.collect()
    stay = len(gc.get_objects())
    others or gc.unfreeze()
    if waiting != count:
        return "not all of them wait"
    return f"{stay} objects stay" if stay > count / 2 else "nothing of them stays"
''',
)


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.log, self.deliveries, self.counter = wrong, list[str](), 0, 0
        self.waiting: list[asyncio.Future[None]] = []

    @property
    def waiters(self) -> int:
        if "counts undone" in self.wrong:
            return sum(not future.done() for future in self.waiting)
        return self.counter if "counter" in self.wrong else len(self.waiting)

    def put(self, message: str) -> None:
        self.log.append(message)
        woken = [future for future in self.waiting if not future.done()]
        counts = {"counts woken": len(woken), "counts list": len(self.waiting), "counts puts": 1}
        self.deliveries += sum(counts[one] for one in self.wrong & counts.keys())
        self.waiting = [] if "put clears" in self.wrong else self.waiting
        for future in woken:
            future.set_result(None)

    async def take(self, cursor: int, hold: float) -> Any:
        wrong, waits = self.wrong, len(self.log) <= cursor
        if waits:
            try:
                await self._wait(cursor, hold)
            except asyncio.CancelledError:
                if "gives nothing" in wrong:
                    return [], cursor
                if "goes on" not in wrong:
                    raise
        many = len(news := self.log[cursor:])
        counts = {"counts answers": 1, "counts some": min(1, many), "counts waits": many * waits,
                  "counts woken": many * (not waits), **dict.fromkeys(ELSEWHERE, 0)}  # fmt: skip
        self.deliveries += min([counts[one] for one in wrong & counts.keys()] or [many])
        return news, len(self.log)

    async def _wait(self, cursor: int, hold: float) -> None:
        wrong, how = self.wrong, "gone"
        self.waiting.append(future := asyncio.get_running_loop().create_future())
        self.counter += 1
        try:
            await asyncio.wait([future], timeout=hold)
            how = "answered" if future.done() else "expired"
        finally:
            if "counts undone" in wrong:
                future.cancel()
            self.counter -= how not in wrong
            if future in self.waiting and (how not in wrong or "counter" in wrong):
                self.waiting.remove(future)
            if "counts in finally" in wrong:
                self.deliveries += len(self.log) - cursor


def judge_2_4(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right)
    first, some = (0, 25.0), round(chance.uniform(1.0, 9.0), 2)
    both = [first, first, some]
    trial.play(STAYS, partial(_story, [*both, PUT, 0.0, (1, 3.0), 3.001, (0, 3.0), 3.001,
                                       (1, 25.0), 0.0, PUT, PUT, 0.0]))  # fmt: skip
    for leaves in (0, 1):
        trial.play(LEAVES, partial(_story, [*both, leaves, 0.0, AFTER, PUT, 0.0]))
    trial.play(MOMENT, partial(_story, [first, some, PUT, 0, 0.0]))
    trial.play(MOMENT, partial(_story, [first, some, 0, PUT, 0.0]))
    for how in ("leave", "wait for nothing", "get a message"):
        trial.play(CROWD, partial(_come_and_go, how))
    return trial.verdict()


def _story(steps: Sequence[Any], scene: Scene) -> None:
    """PUT: a message comes.  (cursor, hold): a reader comes.  0, 1: the first, the second leaves.
    A number of seconds: they pass, then all is seen.  A case: what is seen from now on is of this.
    """
    box, case, readers, left = scene.make("CarefulMailbox"), scene.case, list[Any](), list[Any]()
    for step in steps:
        if step in CASES:
            case = step
        elif step == PUT:
            scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box, case=case)
        elif isinstance(step, tuple):
            readers.append(scene.start("take", *step, on=box))
        elif isinstance(step, int):
            left.append(readers[step])
            name = ("first", "second")[step]
            scene.cancel(readers[step], f"the {name} reader leaves: its take is cancelled")
        else:
            scene.run(step)
            _look(scene, box, case, readers, left)


def _look(scene: Scene, box: Any, case: str, readers: list[Any], left: list[Any]) -> None:
    given = 0
    for reader in readers:
        if case != MOMENT or reader not in left:
            scene.see_end(reader, case=case, counts="anything" if reader in left else None)
        elif reader.happened is not None and reader.happened.how == "returned":
            given = 1  # up to Python 3.11 wait_for prefers a result to a cancellation
    for name in ("waiters", "deliveries"):
        got = scene.get(name, box)
        counts = got - given if name == "deliveries" and is_number(got) else got
        scene.see(got, case=case, counts=counts, text=f"{name} is {shown(got)}")


def _come_and_go(how: str, scene: Scene) -> None:
    box = scene.make("CarefulMailbox")
    task = scene.start("_crowd", box, MANY, how)
    scene.told.clear()
    scene.run(100.0)
    raised = task.value if isinstance(task.value, Raised) else None
    said = gave(raised) if raised else str(task.value or "not all of them wait")
    counts = said.lstrip("0123456789")  # how many objects is not the same in each program
    scene.see(raised, counts=counts, text=f"{MANY} readers come and {how}: {said}")


EXERCISES = (Exercise(
    number="2.4", title="A reader who has left", section="cost", minutes=10,
    names=("CarefulMailbox",), cases=CASES, judge=judge_2_4, given=(LEAK,), guards=(NO_SLEEP,),
    hints=(
        "When the peer leaves, the await in take raises asyncio.CancelledError. Which lines must "
        "run all the same, and which must not?",
        "What must always happen belongs into finally: take the future off the list. What must "
        "happen only for a reader who is there comes after the wait: count, and return. Let the "
        "CancelledError pass.",
        "try: await asyncio.wait([future], timeout=hold) finally: remove the future from "
        "self.waiting if it is still there. After that: news = self.log[cursor:]; self.deliveries "
        "+= len(news); return news, len(self.log).",
    ),
    wrong_ideas={
        "leaked_waiter": WrongIdea("a reader who has gone is still kept",
            "Every reader who closes the tab leaves something in the mailbox: a future on a list, "
            "a task, or a number in waiters. That grows until the memory is full. Clean up in "
            "finally, however the wait ends: with a message, empty, or cancelled.",
            "gone; gone, put clears; gone, counter; expired; expired, put clears; gone, expired; "
            "gone, expired, put clears; gone, expired, answered; gone, expired, answered, counts "
            "undone; gone, expired, put clears, counts undone"),
        "counted_as_delivered": WrongIdea("a message counts when it is put, or sent to nobody",
            "A message is delivered when take returns it to a reader who is there. Count after "
            "the wait, where a cancelled reader never comes, not in put, and not in finally.",
            "counts woken; counts list; counts puts; counts in finally"),
        "cancellation_swallowed": WrongIdea("a cancellation is caught and the work goes on",
            "Whoever cancels a task wants it to end. A task that catches CancelledError and goes "
            "on cannot be stopped: the server hangs when it is closed, and a timeout around it "
            "has no effect. Clean up in finally, and let it pass.", "gives nothing; goes on"),
        **BLOCKS_THE_LOOP,
    },
    slips={
        "deliveries counts messages, and not answers: an answer may have several, or none.":
            "counts answers; counts some",
        "Messages that take returns without a wait are delivered, too.": "counts waits",
    },
),)  # fmt: skip
