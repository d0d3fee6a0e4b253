"""Judge of exercise 2.4: a reader who waits, and whose peer has left.

    take(0, 25) ──▶ ………… cancel ──▶ cancelled, waiters 0        put("hi") ──▶ deliveries 0

Exercises.  Builds on: `grading` (its stage), `clock`.
What is new here: `Stage.cancel` does what the server does when a connection ends.
Left out: a bound on the log.
"""

from __future__ import annotations

import random
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import shown
from ...sandbox.remote import Happened, RemoteObject, Stage, Turn
from ...sandbox.values import NotPlain, Raised, same
from ...verdict import Verdict, WrongIdea
from . import clock as clocks

STAYS = "a reader who stays"
LEAVES = "a reader who leaves"
AFTER = "a message after a reader has left"
MOMENT = "a reader who leaves in the moment of a message"
CASES = (STAYS, LEAVES, AFTER, MOMENT)


class Box:
    """The answer's mailbox, at the time `now` of the stage."""

    def __init__(self, answer: Answer, stage: Stage, made: RemoteObject, now: float) -> None:
        self.answer, self.stage, self.made, self.now = answer, stage, made, now
        self.story: list[str] = []
        self.over: dict[int, Happened] = {}  # how each take has ended

    def take(self, cursor: int, hold: float) -> Any:
        self.story.append(f"a reader asks with take({cursor}, {hold:g})")
        task = self.stage.start("take", cursor, hold, on=self.made)
        self.run()
        return task

    def waits(self, case: str, task: Any) -> bool:
        """Does this reader wait, as there is no message yet?"""
        if type(task) is int and task not in self.over:
            return True
        value = self.over[task].value if task in self.over else task
        if clocks.blocked(self.answer.marks, case, value, "take"):
            return False
        return self.answer.marks.fail(
            case,
            observed=f"{self._told('take')} gave {shown(value)}",
            expected="it waits for a message",
            raised=value if isinstance(value, Raised) else None,
        )

    def put(self, case: str, message: str) -> None:
        self.story.append("a message is put")
        got = self.stage.call("put", message, on=self.made)
        if isinstance(got, Raised) and not clocks.blocked(self.answer.marks, case, got, "put"):
            self.answer.marks.equal(case, got, None, given=self._told("put"))

    def leave(self, task: int) -> None:
        self.story.append("the reader leaves: take is cancelled")
        self.stage.cancel(task)

    def run(self, seconds: float = 0.0, why: str = "") -> Turn:
        if seconds:
            self.story.append(f"{seconds:.1f} s pass{why}")
        self.now += seconds
        turn = self.stage.run(until=self.now, steps=3000)
        self.over |= {event.task: event for event in turn.happened}
        return turn

    def counts(self, case: str, name: str, wanted: int, idea: str = "") -> bool:
        """Is the attribute `waiters` or `deliveries` right?  `idea` is named if it is too large."""
        got, marks = self.made.get(name), self.answer.marks
        if same(got, wanted):
            return marks.true(case, True)
        method = isinstance(got, NotPlain) and got.type == "method"
        return marks.fail(
            case,
            observed=f"{self._told(name)} is {shown(got)}",
            expected=f"{name} is {wanted}",
            idea=idea if type(got) is int and got > wanted else "",
            why=f"{name} is a method. Write @property above it." if method else "",
            raised=got if isinstance(got, Raised) else None,
        )

    def ended(self, case: str, event: Happened | None, wanted: Any) -> bool:
        if event is not None and clocks.blocked(self.answer.marks, case, event.value, "take"):
            return False
        if event is not None and event.how == "returned" and same(event.value, wanted):
            return self.answer.marks.true(case, True)
        if event is not None:
            return self.answer.marks.equal(case, event.value, wanted, given=self._told("take"))
        return self.answer.marks.fail(
            case,
            observed=f"{self._told('take')} has not answered",
            expected=f"{shown(wanted)}",
        )

    def _told(self, name: str) -> str:
        """The story so far, and the name of the attribute or method that is checked."""
        return "\n".join([*self.story, f"then {name}"])


def judge_2_4(answer: Answer, chance: random.Random) -> Verdict:
    stage = clocks.begin(answer)
    now = 0.0
    for part in (_stays, _leaves, _moment):
        stage.run(until=now)
        made = stage.make("CarefulMailbox")
        if isinstance(made, RemoteObject):
            part(Box(answer, stage, made, now), chance)
        else:
            for case in {_stays: (STAYS,), _leaves: (LEAVES, AFTER), _moment: (MOMENT,)}[part]:
                answer.marks.equal(case, made, "a mailbox", given="CarefulMailbox()")
        now += 1000.0
    return answer.marks.verdict()


def _stays(box: Box, chance: random.Random) -> None:
    """Two readers get a message; later one gets an empty result.  No waiter must be left over."""
    said = text.phrase(chance)
    tasks = [box.take(0, 25.0) for _ in range(2)]
    box.run(chance.uniform(1.0, 9.0))
    box.counts(STAYS, "waiters", 2)
    box.put(STAYS, said)
    box.run()
    for task in tasks:
        box.ended(STAYS, box.over.get(task), ([said], 1))
    box.counts(STAYS, "deliveries", 2)
    task = box.take(1, 3.0)
    box.run(3.0, ": the hold is over")
    box.ended(STAYS, box.over.get(task), ([], 1))
    box.counts(STAYS, "deliveries", 2)
    task = box.take(0, 3.0)  # the message is there already: take must not wait
    box.ended(STAYS, box.over.get(task), ([said], 1))
    if task not in box.over:
        box.run(3.0)
    box.counts(STAYS, "deliveries", 3)
    box.counts(STAYS, "waiters", 0, "leaked_waiter")
    task, more = box.take(1, 25.0), [text.phrase(chance) for _ in range(2)]
    for said in more:  # both before the reader's task runs again
        box.put(STAYS, said)
    box.run()
    box.ended(STAYS, box.over.get(task), (more, 3))
    box.counts(STAYS, "deliveries", 5)


def _leaves(box: Box, chance: random.Random) -> None:
    """One of two readers leaves; then a message comes."""
    first, second = box.take(0, 25.0), box.take(0, 25.0)
    box.run(chance.uniform(1.0, 9.0))
    leaving, staying = chance.choice([(first, second), (second, first)])
    if not (box.waits(LEAVES, leaving) and box.waits(AFTER, staying)):
        return
    box.leave(leaving)
    event = _of(box.run(), leaving)
    if event is not None and event.how == "cancelled":
        box.answer.marks.true(LEAVES, True)
        box.counts(LEAVES, "waiters", 1, "leaked_waiter")
    elif event is not None and event.how == "raised":
        box.answer.marks.equal(LEAVES, event.value, "a cancelled task", given="a cancelled take")
    else:
        what = "went on waiting" if event is None else f"returned {shown(event.value)}"
        box.answer.marks.fail(
            LEAVES,
            observed=f"the reader has left and take is cancelled; it {what}",
            expected="the task ends as cancelled",
            idea="cancellation_swallowed",
        )
    said = text.phrase(chance)
    box.put(AFTER, said)
    box.ended(AFTER, _of(box.run(), staying), ([said], 1))
    box.counts(AFTER, "deliveries", 1, "counted_as_delivered")
    box.counts(AFTER, "waiters", 0, "leaked_waiter")


def _moment(box: Box, chance: random.Random) -> None:
    """A message is put, and the reader leaves before `take` could return it."""
    task = box.take(0, 25.0)
    box.run(chance.uniform(1.0, 9.0))
    if not box.waits(MOMENT, task):
        return
    box.put(MOMENT, text.phrase(chance))
    box.leave(task)
    event = _of(box.run(), task)
    # Up to Python 3.11 asyncio.wait_for prefers a result to a cancellation: then take returns it.
    given_out = event is not None and event.how == "returned"
    box.counts(MOMENT, "deliveries", int(given_out), "counted_as_delivered")
    box.counts(MOMENT, "waiters", 0, "leaked_waiter")


def _of(turn: Turn, task: Any) -> Happened | None:
    return next((event for event in turn.happened if event.task == task), None)


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
                "who has left is still on the list",
                "Every reader who closes the tab leaves a future behind. In a quiet chat the "
                "list grows for days, until the memory is full. Take it off however the wait "
                "ends: with a message, empty, or cancelled.",
            ),
            "counted_as_delivered": WrongIdea(
                "a message counts when it is put, or sent to nobody",
                "A message is delivered when take gives it to a reader who is there. Count behind "
                "the wait, where a cancelled reader never comes, and neither in put nor in "
                "finally.",
            ),
            "cancellation_swallowed": WrongIdea(
                "a cancellation is caught and the work goes on",
                "Who cancels a task wants it to end. A task that catches CancelledError and goes "
                "on cannot be stopped: the server hangs when it is closed, and a timeout around "
                "it has no effect. Clean up in finally, and let it pass.",
            ),
            clocks.NAME: clocks.IDEA,
        },
        judge=judge_2_4,
    ),
)
