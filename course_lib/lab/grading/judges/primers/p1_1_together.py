"""Judge of exercise p1.1: several jobs at once, their results in order.

    jobs      |===== 안녕 =====|            fetch_all ─▶ ["안녕", ValueError("…"), "hi"]
              |== ValueError                             at the end of the slowest
              |========= hi ==========|

Exercises.  Builds on: `grading`, `jobs`.
What is new here: the judge looks at when each job began, because jobs that run one after another
give the same result.
Left out: a limit for the number of jobs that run at once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from ... import text
from ...answer import Answer
from ...exercise import Exercise
from ...marks import hint_of_type, shown
from ...sandbox import process
from ...sandbox.remote import Happened, Turn
from ...sandbox.values import NotPlain, Raised
from ...verdict import Verdict, WrongIdea
from . import jobs as primers_jobs
from .jobs import Bench, Diary, Plan

TOGETHER = "all jobs run at the same time"
ORDER = "the results have the order of the jobs"
FAILED = "a failed job stands in its place"
NOTHING = "no jobs at all"
CASES = (TOGETHER, ORDER, FAILED, NOTHING)
LATE = 0.1  # seconds that a result may come after the last job: some answers poll the clock


def judge_p1_1(answer: Answer, chance: random.Random) -> Verdict:
    """Each case adds one difficulty; the first two have no job that fails."""
    bench = Bench(answer)
    quick = [Plan(s, text.phrase(chance, at_most=4)) for s in sorted(_times(chance))]
    mixed = [Plan(s, text.phrase(chance, at_most=4)) for s in _unsorted(chance)]
    failed = [Plan(s, text.phrase(chance, at_most=4)) for s in _unsorted(chance)]
    first = min(failed, key=lambda plan: plan.seconds)
    for bad in {id(plan): plan for plan in (first, chance.choice(failed[1:]))}.values():
        failed[failed.index(bad)] = primers_jobs.failing(chance, bad.seconds)
    for case, plans in ((TOGETHER, quick), (ORDER, mixed), (FAILED, failed), (NOTHING, [])):
        try:
            _one(bench, case, plans)
        except process.Ended as ended:
            if ended.kind not in ("time", "cpu"):
                raise
            _busy(answer, case, plans, str(ended))
            break  # each of the other cases would take as long
    return answer.marks.verdict()


def _one(bench: Bench, case: str, plans: Sequence[Plan]) -> None:
    answer = bench.answer
    diary, jobs = bench.scene(plans)
    task = bench.stage.start("fetch_all", jobs)
    wanted = f"a list: {_list(plans)}"
    if isinstance(task, Raised):
        why = hint_of_type(task, [])
        answer.marks.fail(case, observed=shown(task), expected=wanted, why=why, raised=task)
        return
    last = max((plan.seconds for plan in plans), default=0.0)
    turn = bench.run(until=last + LATE)
    found = turn.happened[0] if turn.happened else None
    if isinstance(found, Happened) and _right(found, plans) and not _late(diary, plans):
        answer.marks.true(case, True)
    elif diary.blocked or turn.restless:
        seen = f"time.sleep({diary.blocked[0]:g})" if diary.blocked else "a loop without a pause"
        _busy(answer, case, plans, f"{seen}, while nothing was ready")
    else:
        _wrong(answer, case, plans, diary, turn)


def _wrong(answer: Answer, case: str, plans: Sequence[Plan], diary: Diary, turn: Turn) -> None:
    """Mark a case whose results, or their time, are wrong."""
    marks, found = answer.marks, turn.happened[0] if turn.happened else None
    raised = found.value if found is not None and isinstance(found.value, Raised) else None
    if not (raised and raised.type == "NotImplementedError") and _one_by_one(diary, plans):
        marks.fail(
            case,
            observed=f"{_given(plans)}\nthey began " + _began(diary, plans),
            expected="all of them begin at 0.0 s, and the result comes after the slowest: "
            f"{max(plan.seconds for plan in plans):.1f} s",
            idea="one_after_another",
        )
        return
    marks.fail(
        case,
        observed=f"{_given(plans)}\n{_seen(found)}",
        expected=f"a list: {_list(plans)}",
        idea=_idea(found, plans),
        why=_why(found, plans),
        raised=raised,
    )


def _busy(answer: Answer, case: str, plans: Sequence[Plan], seen: str) -> None:
    answer.marks.fail(
        case,
        observed=f"{_given(plans)}\n{seen}",
        expected="fetch_all awaits the jobs, and the loop runs them meanwhile",
        idea="blocks_the_loop",
    )


def _idea(found: Happened | None, plans: Sequence[Plan]) -> str:
    """The wrong idea that gives this result; empty if none does."""
    fails = any(plan.error is not None for plan in plans)
    if found is None:
        return ""
    if found.how == "raised":
        group = found.value.type in ("ExceptionGroup", "BaseExceptionGroup")
        own = any(
            (type(plan.error).__name__, str(plan.error)) == (found.value.type, found.value.message)
            for plan in plans
        )
        return "one_error_loses_all" if fails and (group or own) else ""
    if not isinstance(found.value, list):
        return ""
    arrived = sorted(plans, key=lambda plan: plan.seconds)
    if arrived != list(plans) and _same(found.value, arrived):
        return "order_of_arrival"
    errors = {type(plan.error).__name__ for plan in plans}
    if any(isinstance(item, NotPlain) and item.type not in errors for item in found.value):
        return ""
    good = [plan.value for plan in plans if plan.error is None]
    lost = any(value not in found.value for value in good)
    return "one_error_loses_all" if fails and lost else ""


def _why(found: Happened | None, plans: Sequence[Plan]) -> str:
    """A sentence about a fault without a named idea; empty if there is none."""
    if found is None or found.how == "cancelled":
        return ""
    value = found.value
    if any(
        isinstance(item, NotPlain) and item.type.endswith(("Task", "Future", "coroutine"))
        for item in (value if type(value) is list else [value])
    ):
        return "A task, a future or a coroutine is no result yet: await it."
    if type(value) is not list:
        return hint_of_type(value, [])
    if len(value) < len(plans):
        return "Each job has its place in the list, also one that failed."
    if any(
        item is None or item == str(plan.error) for item, plan in zip(value, plans, strict=False)
    ):
        return "Where a job failed the exception itself stands, not its text and not None."
    return ""


def _right(found: Happened, plans: Sequence[Plan]) -> bool:
    return found.how == "returned" and type(found.value) is list and _same(found.value, plans)


def _same(items: Sequence[Any], plans: Sequence[Plan]) -> bool:
    """Are these the plans' results?  An exception arrives as its type and repr, a value as is."""
    return len(items) == len(plans) and all(
        type(item) is str and item == plan.value
        if plan.error is None
        else isinstance(item, NotPlain)
        and (item.type, item.text) == (type(plan.error).__name__, repr(plan.error))
        for item, plan in zip(items, plans, strict=True)
    )


def _late(diary: Diary, plans: Sequence[Plan]) -> bool:
    """Did a job not begin at once?"""
    return any(diary.begun.get(n, LATE * 2) > LATE for n in range(len(plans)))


def _one_by_one(diary: Diary, plans: Sequence[Plan]) -> bool:
    """Did one job begin, and another one late or not at all?"""
    return len(plans) > 1 and bool(diary.begun) and _late(diary, plans)


def _given(plans: Sequence[Plan]) -> str:
    times = ", ".join(f"{plan.seconds:.1f} s" for plan in plans)
    return f"{len(plans)} jobs that take {times}" if plans else "fetch_all([])"


def _began(diary: Diary, plans: Sequence[Plan]) -> str:
    times = [f"at {diary.begun[n]:.1f} s" for n in range(len(plans)) if n in diary.begun]
    missing = len(plans) - len(times)
    return ", ".join(times) + (f"; {missing} did not begin until then" if missing else "")


def _seen(found: Happened | None) -> str:
    if found is None:
        return "fetch_all had not ended after the slowest job"
    return f"after {found.at:.1f} s: {shown(found.value)}"


def _list(plans: Sequence[Plan]) -> str:
    return "[" + ", ".join(plan.given for plan in plans) + "]"


def _times(chance: random.Random) -> list[float]:
    """Three to six different lengths, in seconds."""
    return [tenths / 10 for tenths in chance.sample(range(3, 40), chance.randint(3, 6))]


def _unsorted(chance: random.Random) -> list[float]:
    """Lengths, the shortest of them last, so that jobs do not end in the order of the list."""
    times = _times(chance)
    quickest = times.index(min(times))
    times.append(times.pop(quickest))
    return times


EXERCISES = (
    Exercise(
        number="p1.1",
        title="All at once, in order",
        section="together",
        minutes=7,
        names=("fetch_all",),
        cases=CASES,
        hints=(
            "Who waits for a job before the next one begins? Look at one_by_one and at_once in "
            "section 3. The result of a job comes later; its beginning must not.",
            "asyncio.gather gives the results in the order of the questions. Look up what its "
            "argument return_exceptions does.",
            "Call each job: coroutines = [job() for job in jobs]. Then return "
            "await asyncio.gather(*coroutines, return_exceptions=True), which is a list.",
        ),
        wrong_ideas={
            "one_after_another": WrongIdea(
                "a job begins when the one before has ended",
                "await job() waits for its end, and nobody starts the next one meanwhile. So the "
                "times add up. Start all of them first, as tasks or with gather, and await them "
                "then.",
            ),
            "order_of_arrival": WrongIdea(
                "the results stand in the order in which they came",
                "Who asked in an order must be able to say which answer belongs to which question. "
                "On a network the order of arrival is another one each time. Keep the order of the "
                "jobs.",
            ),
            "one_error_loses_all": WrongIdea(
                "one failed job takes the results of the others with it",
                "One of many questions always fails some day. The others have their answers, and "
                "whoever asked wants them. An exception is a result too: catch it for each job, "
                "and put it in its place.",
            ),
            "blocks_the_loop": WrongIdea(
                "it keeps the thread busy instead of waiting",
                "There is one thread. While your function sleeps with time.sleep, or asks in a "
                "circle whether the jobs are done, it takes the time that the jobs need to run. "
                "await tells the loop to wake you when there is something.",
            ),
        },
        judge=judge_p1_1,
        # A busy loop is ended soon; processor time does not depend on the machine's load.
        limits=process.Limits(cpu=2),
    ),
)
