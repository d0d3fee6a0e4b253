"""Judge of exercise p1.2: a job with a deadline.

    in time    |=== job ===|          ·         its result
    late       |=== job ==============X         deadline: the job is cancelled, `instead`
    stopped    |=== job ===X                    the caller is cancelled, and so is the job

Exercises.  Builds on: `grading`, `jobs`.
What is new here: the judge lets time pass after the function has returned.  A job that still runs
then was not cancelled.
Left out: a job that raises TimeoutError by itself; a job that refuses to be cancelled.
"""

from __future__ import annotations

import random
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import hint_of_type, shown
from ...sandbox.remote import Happened
from ...sandbox.values import NotPlain, Raised, same
from ...verdict import Verdict, WrongIdea
from . import jobs as primers_jobs
from .jobs import Bench, Diary, Plan

IN_TIME = "a job that ends in time"
TOO_LATE = "a job that takes too long"
FAILS = "a job that fails"
STOPPED = "somebody cancels the whole call"
CASES = (IN_TIME, TOO_LATE, FAILS, STOPPED)
LATE = 0.1  # seconds: some answers poll the clock


def judge_p1_2(answer: Answer, chance: random.Random) -> Verdict:
    """Play the four cases; the first two twice, with other times."""
    bench = primers_jobs.Bench(answer)
    for value in (text.phrase(chance), ""):
        _in_time(bench, chance, value)
    for factor in (chance.uniform(1.5, 3), 1000):
        _too_late(bench, chance, factor)
    _fails(bench, chance)
    _stopped(bench, chance)
    return answer.marks.verdict()


class Call:
    """One call of `with_deadline`."""

    def __init__(self, bench: Bench, chance: random.Random, seconds: float, plan: Plan) -> None:
        self.bench, self.plan, self.seconds = bench, plan, seconds
        self.instead = chance.choice(["no answer", None, text.phrase(chance, at_most=3)])
        self.diary, jobs = bench.scene([plan])
        job = jobs.make("__getitem__", 0)
        self.task = bench.stage.start("with_deadline", job, seconds, self.instead)
        self.found: Happened | None = None

    def run(self, until: float) -> bool:
        """Let time pass; has the call ended?"""
        if self.found is None and not isinstance(self.task, Raised):
            turn = self.bench.run(until=until)
            self.found = turn.happened[0] if turn.happened else None
        return self.found is not None

    def after(self, until: float) -> Diary:
        """Let time pass after the call; the diary tells what became of the job."""
        self.bench.run(until=until)
        return self.diary

    def gave(self, value: Any, at: float) -> bool:
        found = self.found
        return (
            found is not None
            and found.how == "returned"
            and same(found.value, value)
            and at - LATE <= found.at <= at + LATE
        )

    def fail(self, case: str, expected: str, idea: str = "", more: str = "") -> None:
        raised = self.task if isinstance(self.task, Raised) else None
        if self.found is None:
            seen = shown(raised) if raised else "with_deadline still waited"
        else:
            value = self.found.value
            raised = value if isinstance(value, Raised) else None
            told = "it was cancelled" if self.found.how == "cancelled" else shown(value)
            seen = f"after {self.found.at:.2f} s: {told}"
        if raised and raised.type == "NotImplementedError":
            idea = ""
        self.bench.answer.marks.fail(
            case,
            observed=f"{self}\n{seen}" + (f"\n{more}" if more else ""),
            expected=expected,
            idea=idea,
            why=self._why(case),
            raised=raised,
        )

    def _why(self, case: str) -> str:
        """A sentence about a fault without a named idea; empty if there is none."""
        value = self.task if isinstance(self.task, Raised) else self.found and self.found.value
        if isinstance(value, NotPlain) or (isinstance(value, Raised) and value.type == "TypeError"):
            return hint_of_type(value, "")
        if case == TOO_LATE and isinstance(value, Raised) and value.type == "TimeoutError":
            return "TimeoutError says that the time is over. The caller wants `instead` then."
        if case == IN_TIME and self.found and self.found.at > self.plan.seconds + LATE:
            return "The job had ended before that. Its result is wanted at once."
        return ""

    def __str__(self) -> str:
        return (
            f"with_deadline(job, {self.seconds:.2f}, {self.instead!r}), where the job takes "
            f"{self.plan.seconds:.2f} s"
        )


def _in_time(bench: Bench, chance: random.Random, value: str) -> None:
    seconds = chance.uniform(1, 5)
    call = Call(bench, chance, seconds, Plan(seconds * chance.uniform(0.2, 0.8), value))
    call.run(until=seconds + LATE)
    if call.gave(value, call.plan.seconds):
        bench.answer.marks.true(IN_TIME, True)
    else:
        call.fail(IN_TIME, f"{value!r} after {call.plan.seconds:.2f} s")


def _too_late(bench: Bench, chance: random.Random, factor: float) -> None:
    seconds = chance.uniform(1, 5)
    call = Call(bench, chance, seconds, Plan(seconds * factor, text.phrase(chance)))
    expected = f"{call.instead!r} after {seconds:.2f} s, and the job is cancelled"
    if not call.run(until=seconds + LATE):
        call.run(until=call.plan.seconds + LATE)
        late = call.found is not None and call.found.at > seconds + LATE
        call.fail(TOO_LATE, expected, "waits_for_the_job" if late else "")
        return
    right, diary = call.gave(call.instead, seconds), call.after(call.plan.seconds + LATE)
    if right and _goes_on(diary):
        more = f"the job ran on, and ended after {call.plan.seconds:.2f} s"
        call.fail(TOO_LATE, expected, "job_left_running", more)
    elif right:
        bench.answer.marks.true(TOO_LATE, True)
    else:
        call.fail(TOO_LATE, expected)


def _fails(bench: Bench, chance: random.Random) -> None:
    seconds = chance.uniform(1, 5)
    plan = primers_jobs.failing(chance, seconds * chance.uniform(0.2, 0.8))
    call = Call(bench, chance, seconds, plan)
    call.run(until=seconds + LATE)
    expected = f"it raises {plan.error!r}, as the job does"
    found = call.found
    if found is not None and found.how == "raised":
        error = found.value
        if (error.type, error.message) == (type(plan.error).__name__, str(plan.error)):
            bench.answer.marks.true(FAILS, True)
            return
    hidden = found is not None and found.how == "returned" and bool(call.diary.begun)
    call.fail(FAILS, expected, "error_hidden" if hidden else "")


def _stopped(bench: Bench, chance: random.Random) -> None:
    seconds = chance.uniform(2, 5)
    call = Call(bench, chance, seconds, Plan(seconds * 3, text.phrase(chance)))
    stop = seconds * chance.uniform(0.2, 0.8)
    expected = f"cancelled after {stop:.2f} s, and the job, too"
    if isinstance(call.task, Raised) or call.run(until=stop):
        call.fail(STOPPED, expected)
        return
    bench.stage.cancel(call.task)
    call.run(until=stop)
    found, diary = call.found, call.after(call.plan.seconds + LATE)
    more = f"it was cancelled from outside after {stop:.2f} s"
    if found is None or found.how != "cancelled":
        call.fail(STOPPED, expected, "cancellation_swallowed", more)
    elif _goes_on(diary):
        more += f"; the job ran on, and ended after {call.plan.seconds:.2f} s"
        call.fail(STOPPED, expected, "job_left_running", more)
    else:
        bench.answer.marks.true(STOPPED, True)


def _goes_on(diary: Diary) -> bool:
    """Did the job run to its end, or does it still run, although it is not awaited any more?"""
    return bool(diary.ended) or (bool(diary.begun) and not diary.left)


EXERCISES = (
    Exercise(
        number="p1.2",
        title="A deadline",
        section="cancel",
        minutes=8,
        names=("with_deadline",),
        cases=CASES,
        hints=(
            "Section 4 has a function that stops waiting after some seconds. What does "
            "asyncio.timeout do with the work inside it?",
            "Only one exception means that the time is over: TimeoutError. Each other one, and "
            "CancelledError above all, belongs to somebody else: let it through.",
            "try: async with asyncio.timeout(seconds): return await job(). Then, at the level of "
            "try: except TimeoutError: return instead.",
        ),
        wrong_ideas={
            "job_left_running": WrongIdea(
                "the job goes on although nobody waits for it",
                "A job that nobody waits for still takes memory, a connection, and the server's "
                "time. Who stops waiting cancels it: also when the caller itself is cancelled. "
                "asyncio.timeout does both; with a task of your own, cancel it in finally.",
            ),
            "waits_for_the_job": WrongIdea(
                "it looks at the clock when the job has ended",
                "A deadline is there for the job that never ends. A clock that is read after the "
                "await tells only how long you have waited. Something must happen while you wait.",
            ),
            "cancellation_swallowed": WrongIdea(
                "being cancelled is taken for the end of the time",
                "CancelledError says that nobody wants this call any more. Who catches it and "
                "returns goes on living, and whoever wanted to close the program waits. Clean up "
                "in finally, and let it through.",
            ),
            "error_hidden": WrongIdea(
                "a failed job looks like a late one",
                "except Exception catches everything. Then a wrong password, a lost connection "
                "and a typing error all look like a slow network, and nobody finds them. Catch "
                "TimeoutError alone.",
            ),
        },
        judge=judge_p1_2,
    ),
)
