"""Judge of exercise 2.4: a reader who waits, and whose peer has left.

    take(0, 25) ──▶ ………… cancel ──▶ cancelled, waiters 0        put("hi") ──▶ deliveries 0

Exercises.  Builds on: `grading.scene`.
What is new here: a leak shows in what the mailbox holds.  A text of the judge, in the answer's
process, counts the objects that can be reached from the mailbox, before hundreds of readers came
and after they have gone.
Left out: a bound on the log.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from ...marks import gave
from ...sandbox.values import NotPlain, is_number
from ...scene import BLOCKS_THE_LOOP, NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Raised, Verdict, Wrong, WrongIdea, shown, text

CASES = {
    (STAYS := "a reader who stays"): (
        "take works as in 2.1. waiters is the number of readers who wait now. deliveries grows by "
        "the number of messages that take returns, whether the reader had to wait or not."
    ),
    (LEAVES := "a reader who leaves"): (
        "The await inside take raises CancelledError. Clean up, and let it pass: the task ends as "
        "cancelled, waiters is one less, and nothing was delivered."
    ),
    (AFTER := "a message after a reader has left"): (
        "Only the reader who is there gets the message, and only this one counts."
    ),
    (MOMENT := "a reader who leaves in the moment of a message"): (
        "The reader leaves before take could return: nothing is delivered. put may meet a future "
        "that is filled or cancelled already; ask done() first."
    ),
    (CROWD := "hundreds of readers who come and go"): (
        "When they have gone, the mailbox must hold nothing of them: no future, no event, no task. "
        "Else it grows for as long as the server runs."
    ),
}
ELSEWHERE = ("counts list", "counts puts", "counts in finally", "counts nothing")
MANY = 200  # readers
LEAK = (
    "the grader's readers",
    '''\
def _held(box):
    """How many objects can be reached from the mailbox."""
    import asyncio, contextvars, gc, types
    closed = (type, types.ModuleType, types.CodeType, types.BuiltinFunctionType,
              contextvars.Context, asyncio.AbstractEventLoop)
    seen, rest = {id(globals())}, [box]
    while rest:
        thing = rest.pop()
        if id(thing) in seen or isinstance(thing, closed):
            continue
        seen.add(id(thing))
        inside = isinstance(thing, types.FunctionType)
        rest += [thing.__closure__, thing.__defaults__] if inside else gc.get_referents(thing)
    return len(seen)

async def _crowd(box, count, how):
    """Let so many readers come, and go in this way: who waits, and what is held more afterwards."""
    import asyncio, gc
    before = _held(box)
    tasks = [asyncio.ensure_future(box.take(0, 5.0)) for _ in range(count)]
    await asyncio.sleep(1)
    waiting = sum(not task.done() for task in tasks)
    if how == "leave":
        for task in tasks:
            task.cancel()
    if how == "get a message":
        box.put("hi")
    await asyncio.wait(tasks, timeout=60)
    for task in tasks:
        task.cancelled() or task.exception()
    tasks = task = None
    gc.collect(1)  # a WeakSet may hold what only cycles keep
    return waiting, _held(box) - before
''',
)


class Right:
    """The answer, with a switch for each mistake."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong, self.log, self.deliveries, self.counter = wrong, list[str](), 0, 0
        self.waiting: list[asyncio.Future[None]] = []
        self.event = asyncio.Event()

    @property
    def waiters(self) -> int:
        if self.wrong & {"counter", "task each"}:
            return self.counter
        return sum("unfilled" not in self.wrong or not future.done() for future in self.waiting)

    def put(self, message: str) -> None:
        wrong, waiting, event = self.wrong, self.waiting, self.event
        self.log.append(message)
        unfilled = sum(not future.done() for future in waiting)
        counts = {"counts woken": unfilled, "counts list": len(waiting), "counts puts": 1}
        self.deliveries += sum(counts[one] for one in wrong & counts.keys())
        self.waiting = [] if "put clears" in wrong else waiting
        self.event = asyncio.Event()
        event.set()
        for future in waiting:
            if "fills all" in wrong or not future.done():
                future.set_result(None)

    async def take(self, cursor: int, hold: float) -> Any:
        wrong, there, early = self.wrong, len(self.log) > cursor, len(self.log) - cursor
        if not there or "looks late" in wrong:
            try:
                await self._wait(cursor, hold)
            except asyncio.CancelledError:
                if "another" in wrong:
                    raise ConnectionError from None
                if "gives nothing" in wrong:
                    return [], cursor
                if "goes on" not in wrong:
                    raise
        news = self.log[cursor:]
        counts = {"counts answers": 1, "counts some": min(1, len(news)), "counts early": early,
                  "counts log": len(self.log), "counts waits": len(news) * (not there),
                  "counts woken": len(news) * there, **dict.fromkeys(ELSEWHERE, 0)}  # fmt: skip
        self.deliveries += min([counts[one] for one in wrong & counts.keys()] or [len(news)])
        return news, len(self.log)

    async def _wait(self, cursor: int, hold: float) -> None:
        wrong, how = self.wrong, "gone"
        future = asyncio.get_running_loop().create_future()
        each = "task each" in wrong
        news: Any = asyncio.create_task(self.event.wait()) if each else future
        self.waiting.append(future)
        self.counter += 1
        try:
            await asyncio.wait([news], timeout=hold)
            how = "answered" if news.done() else "expired"
        finally:
            if "unfilled" in wrong:
                future.cancel()  # as wait_for does
            twice = how == "gone" and "double" in wrong
            self.counter -= 0 if how in wrong else 1 + twice
            there = future in self.waiting or "not there" in wrong
            if there and (how not in wrong or "counter" in wrong):
                self.waiting.remove(future)
            if "counts in finally" in wrong:
                self.deliveries += len(self.log) - cursor


# Readers who are kept, and how: on a list that put empties or not, or in a number.
KEPT = ("gone", "expired", "gone, expired", "expired, answered", "gone, expired, answered")
HOW = ("", ", put clears", ", counter", ", unfilled", ", put clears, unfilled")
LEAKS = "; ".join(["task each", *(f"{kept}{how}" for kept in KEPT for how in HOW)])


def judge_2_4(answer: Answer, chance: random.Random) -> Verdict:
    trial = Scenes(answer, chance, Right)
    trial.play(STAYS, _stays)
    for leaves in (0, 1):
        trial.play(LEAVES, partial(_leaves, leaves))
    for first in ("put", "leave"):
        trial.play(MOMENT, partial(_moment, first))
    for how in ("leave", "wait in vain", "get a message"):
        trial.play(CROWD, partial(_come_and_go, how))
    return trial.verdict()


def _stays(scene: Scene) -> None:
    """Two readers get a message; later one gets an empty answer, others several messages."""
    box, said = scene.make("CarefulMailbox"), text.phrase(scene.chance, at_most=4)
    tasks = [scene.start("take", 0, 25.0, on=box) for _ in range(2)]
    scene.run(scene.chance.uniform(1.0, 9.0))
    _see(scene, box, "waiters")
    scene.see_call("put", said, on=box)
    scene.run()
    for task in tasks:
        scene.see_end(task)
    _see(scene, box, "deliveries")
    task = scene.start("take", 1, 3.0, on=box)
    scene.run(3.001)
    scene.see_end(task)
    _see(scene, box, "deliveries")
    task = scene.start("take", 0, 3.0, on=box)  # the message is there already
    scene.run()
    scene.see_end(task)
    scene.run(3.001)
    _see(scene, box, "deliveries", "waiters")
    task = scene.start("take", 1, 25.0, on=box)
    scene.run()
    for _ in range(2):  # both before the reader's task runs again
        scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box)
    scene.run()
    scene.see_end(task)
    _see(scene, box, "deliveries")


def _leaves(number: int, scene: Scene) -> None:
    """One of two readers leaves; then a message comes."""
    box = scene.make("CarefulMailbox")
    tasks = [scene.start("take", 0, 25.0, on=box) for _ in range(2)]
    scene.run(scene.chance.uniform(1.0, 9.0))
    for task in tasks:
        scene.see_end(task)
    leaving, staying = tasks.pop(number), tasks.pop()
    scene.cancel(leaving, f"the {('first', 'second')[number]} reader leaves: its take is cancelled")
    scene.run()
    scene.see_end(leaving, counts="anything")
    _see(scene, box, "waiters", "deliveries")
    scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box, case=AFTER)
    scene.run()
    scene.see_end(staying, case=AFTER)
    _see(scene, box, "deliveries", "waiters", case=AFTER)


def _moment(first: str, scene: Scene) -> None:
    """A message comes and the reader leaves, or the other way, before its task runs again."""
    box = scene.make("CarefulMailbox")
    task = scene.start("take", 0, 25.0, on=box)
    scene.run(scene.chance.uniform(1.0, 9.0))
    scene.see_end(task)
    for step in ("put", "leave") if first == "put" else ("leave", "put"):
        if step == "put":
            scene.see_call("put", text.phrase(scene.chance, at_most=4), on=box)
        else:
            scene.cancel(task, "the reader leaves: its take is cancelled")
    scene.run()
    # Up to Python 3.11 asyncio.wait_for prefers a result to a cancellation: then take returns it.
    given = task.happened is not None and task.happened.how == "returned"
    got = scene.get("deliveries", box)
    scene.see(got, counts=("delivered", got - given) if is_number(got) else got,
              text=f"deliveries is {shown(got)}", why=_why("deliveries", got))  # fmt: skip
    _see(scene, box, "waiters")


def _come_and_go(how: str, scene: Scene) -> None:
    box = scene.make("CarefulMailbox")
    task = scene.start("_crowd", box, MANY, how)
    scene.told.clear()
    scene.run(100.0)
    counts = task.value if type(task.value) is tuple and len(task.value) == 2 else (0, 0)
    if not all(map(is_number, counts)) or counts[0] != MANY:
        said = gave(task.value) if isinstance(task.value, Raised) else "not all of them wait"
        scene.see(task.value, counts="failed", text=f"{MANY} readers come and {how}: {said}")
        return
    kept = counts[1] > MANY / 2
    said = f"{counts[1]} objects more than before" if kept else "nothing of them any more"
    said = f"{MANY} readers come and {how}: after that the mailbox holds {said}"
    scene.see(None, counts=kept, text=said)


def _see(scene: Scene, box: Any, *names: str, case: str = "") -> None:
    for name in names:
        got = scene.get(name, box)
        scene.see(got, case=case, text=f"{name} is {shown(got)}", why=_why(name, got))


def _why(name: str, got: Any) -> str:
    method = isinstance(got, NotPlain) and got.type == "method"
    return f"{name} is a method. Write @property above it." if method else ""


EXERCISES = (
    Exercise(
        number="2.4",
        title="A reader who has left",
        section="cost",
        minutes=10,
        names=("CarefulMailbox",),
        cases=CASES,
        hints=(
            "When the peer leaves, the await inside take raises asyncio.CancelledError. Which of "
            "your lines must run all the same, and which must not?",
            "What must always happen belongs into finally: take the future off the list. What must "
            "happen only for a reader who is there comes after the wait: count, and return. Let "
            "the CancelledError pass.",
            "try: await asyncio.wait([future], timeout=hold) finally: remove the future from "
            "self.waiting if it is still there. After that: news = self.log[cursor:]; "
            "self.deliveries += len(news); return news, len(self.log).",
        ),
        wrong_ideas={
            "leaked_waiter": WrongIdea(
                "a reader who has gone is still kept",
                "Every reader who closes the tab leaves something in the mailbox: a future on a "
                "list, a task, or a number in waiters. In a quiet chat that grows for days, until "
                "the memory is full. Clean up in finally, however the wait ends: with a message, "
                "empty, or cancelled.",
                LEAKS,
            ),
            "counted_as_delivered": WrongIdea(
                "a message counts when it is put, or sent to nobody",
                "A message is delivered when take returns it to a reader who is there. Count after "
                "the wait, where a cancelled reader never comes, and neither in put nor in "
                "finally.",
                "counts woken; counts list; counts puts; counts in finally",
            ),
            "cancellation_swallowed": WrongIdea(
                "a cancellation is caught and the work goes on",
                "Whoever cancels a task wants it to end. A task that catches CancelledError and "
                "goes on cannot be stopped: the server hangs when it is closed, and a timeout "
                "around it has no effect. Clean up in finally, and let it pass.",
                "gives nothing; goes on",
            ),
            **BLOCKS_THE_LOOP,
        },
        slips={
            "deliveries counts messages, and not answers: an answer may have "
            "several, or none.": "counts answers; counts some",
            "An answer brings only what comes after the cursor. Count that, and not the whole "
            "log.": "counts log",
            "Before the wait the message is not there. Count after it.": "counts early",
            "Nothing is counted. deliveries grows by len(messages) just before take "
            "returns them.": "counts nothing",
            "Messages that take returns at once, without a wait, "
            "are delivered, too.": "counts waits",
            "take waits although there are messages after the cursor. Look first.": "looks late",
            "waiters goes down twice when a reader leaves: in except, and once "
            "more in finally.": "double, counter",
            "put meets a future that is filled or cancelled already, because the task of its "
            "reader has not run since. Ask future.done() first.": "fills all",
            "put has taken the future off the list already. Take it off only if it is still "
            "there.": "put clears, not there",
            "The CancelledError must pass: whoever has cancelled the task "
            "waits for that.": "another",
        },
        judge=judge_2_4,
        given=(LEAK,),
        guards=(NO_SLEEP,),
    ),
)
