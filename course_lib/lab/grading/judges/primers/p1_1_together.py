"""Judge of exercise p1.1: several jobs at once, their results in order.

    jobs      |===== 안녕 =====|            fetch_all ─▶ ["안녕", ValueError("…"), "hi"]
              |== ValueError                             at the end of the slowest
              |========= hi ==========|

Exercises.  Builds on: `grading.scene`, `jobs`.
What is new here: before it lets any job end, the judge looks which of them have begun.
Left out: a limit for the number of jobs that run at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from ...sandbox.values import NotPlain
from ...scene import NO_SLEEP, Scene, Scenes
from ...trial import Answer, Exercise, Verdict, Wrong, WrongIdea, text
from .jobs import BUSY_THREAD, JOBS, LATE, LIMITS, Jobs

CASES = {
    (TOGETHER := "all jobs run at the same time"):
        "Call and start every job first, however many they are, and wait then. The list is there "
        "in the moment in which the last of them ends.",
    (ORDER := "the results have the order of the jobs"):
        "The first result belongs to the first job, whichever ends first. A function that stands "
        "there twice has two results, and '' and None are results, too. Go through your own list: "
        "the sets that asyncio.wait gives have no order.",
    (FAILED := "a failed job stands in its place"):
        "The exception itself, whatever it is, stands in the place of its job. The others go on.",
    (NOTHING := "no jobs at all"): "Without jobs the result is an empty list, at once.",
}  # fmt: skip
SOON = 0.05  # seconds: all jobs have begun by then
TIMES = [second + part for second in range(7) for part in (0.3, 0.7)]
UNFINISHED = ("Task", "Future", "_GatheringFuture", "coroutine")
LOST = {"error at once", "error in turn", "error alone", "error and no more"}
INSTEAD: dict[str, Any] = {"text": str, "repr": repr, "nothing": lambda error: None}


async def right(jobs: Sequence[Any], wrong: Wrong) -> list[Any]:
    """The answer, with a switch for each mistake."""
    ended, results, tasks = list[Any](), list[Any](), list[asyncio.Task[Any]]()

    async def careful(job: Any) -> Any:
        try:
            result = await job()
        except Exception as error:
            if wrong & LOST:
                raise
            result = next((INSTEAD[one](error) for one in INSTEAD if one in wrong), error)
        ended.append(result)
        return result

    if "not called" in wrong:
        return [asyncio.Future() for _ in jobs]
    for job in jobs:
        tasks.append(asyncio.create_task(careful(job)))
        if "one by one" in wrong:
            await tasks[-1]
    if "not awaited" in wrong:
        return tasks
    while "spins" in wrong and not all(task.done() for task in tasks):  # noqa: ASYNC110
        await asyncio.sleep(0)
    if "race" in wrong and tasks:
        await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        return ended
    try:
        if wrong & {"error at once", "error alone"}:
            await asyncio.gather(*tasks)
        for task in tasks:
            results.append(await task)
    except Exception as error:
        if wrong & {"error alone", "error and no more"}:
            return [*results, error]
        raise
    if "left out" in wrong:
        return [one for one in results if not isinstance(one, Exception)]
    return ended if "arrival" in wrong else results


def judge_p1_1(answer: Answer, chance: random.Random) -> Verdict:
    """Each case adds one difficulty; the first two have no job that fails."""
    trial = Scenes(answer, chance, right, reads=_read)
    trial.near = LATE

    def jobs(count: int) -> list[Any]:
        """Jobs that end at different times, the last one of the list first; what they give."""
        times = chance.sample(TIMES, count)
        times.append(times.pop(times.index(min(times))))
        return [(one, text.phrase(chance, at_most=3)) for one in times]

    for count in 3, 12:
        trial.play(TOGETHER, partial(_story, sorted(jobs(count)), range(count)))
    trial.play(ORDER, partial(_story, jobs(5), range(5)))
    long = [(3600.0, "an hour"), *jobs(2), (7.3, "")]
    trial.play(ORDER, partial(_story, [*long, (7.7, None)], (0, 1, 2, 1, 3, 4)))
    for failed in {-1: EOFError, 0: ValueError}, {-1: ValueError, 1: LookupError}:
        plans = jobs(4)
        for at, error in failed.items():  # the one at -1 ends first
            plans[at] = (plans[at][0], error(plans[at][1]))
        trial.play(FAILED, partial(_story, plans, range(4)))
    trial.play(NOTHING, partial(_story, [], ()))
    return trial.verdict()


def _story(plans: Sequence[tuple[float, Any]], order: Sequence[int], scene: Scene) -> None:
    """Start the jobs of `order`, let each end at its time, and look after each."""
    jobs = Jobs(scene, len(plans))
    scene.tell(f"the list: {', '.join(f'job {number + 1}' for number in order) or 'empty'}")
    task = scene.start("fetch_all", jobs.chosen(order))
    task.given = "fetch_all"
    busy = scene.run(SOON).restless
    scene.see_end(task)
    begun = [len(calls) for calls in jobs.states()]
    every = begun == [order.count(number) for number in range(len(plans))]
    said = f"at {SOON} s {sum(begun)} of {len(order)} jobs have begun"
    said += ", and the loop turns round and round" if busy else ""
    scene.see(None, counts=(busy, every, min(sum(begun), 2)), text=said)
    if busy or not every:
        return
    for seconds, number in sorted((plan[0], number) for number, plan in enumerate(plans)):
        scene.run(seconds - scene.now)
        jobs.end(number, plans[number][1])
        scene.run(LATE)
        free = scene.case == TOGETHER and type(task.value) is list
        scene.see_end(task, counts=len(task.value) if free else None)


def _read(value: Any) -> list[Any]:
    """The results; of an exception its type and text."""
    if type(value) is not list:
        raise TypeError
    return [item if not isinstance(item, NotPlain) else
            "unfinished" if item.type in UNFINISHED else (item.type, item.text)
            for item in value]  # fmt: skip


EXERCISES = (Exercise(
    number="p1.1", title="All at once, in order", section="together", minutes=7,
    names=("fetch_all",), cases=CASES, judge=judge_p1_1, given=(JOBS,), guards=(NO_SLEEP,),
    limits=LIMITS,
    hints=(
        "What waits for a job before the next one begins? Look at one_by_one and at_once in "
        "section 3.",
        "asyncio.gather gives the results in the order of its arguments. Look up what its "
        "argument return_exceptions does.",
        "Call each job: coroutines = [job() for job in jobs]. Then return await "
        "asyncio.gather(*coroutines, return_exceptions=True), which is a list.",
    ),
    wrong_ideas={
        "one_after_another": WrongIdea("a job begins when the one before has ended",
            "await job() waits for its end, so the times add up. Start all of them first, as "
            "tasks or with gather, and await them then.", "one by one"),
        "order_of_arrival": WrongIdea("the results stand in the order in which they came",
            "The caller must know which result belongs to which job, and the order of arrival is "
            "another one each time. Keep the order of the jobs.", "arrival"),
        "one_error_loses_all": WrongIdea("one failed job takes the results of the others with it",
            "The others have their results, and the caller wants them. An exception is a result, "
            "too: catch it for each job, and put it in its place.",
            "error at once; error in turn; error alone; error and no more"),
        **BUSY_THREAD,
        "failed_left_out": WrongIdea("a failed job has no place in the list",
            "After the failed one each result stands one place too early. The list is as long as "
            "the list of jobs: put the exception in its place.", "left out"),
        "error_replaced": WrongIdea("a text or None stands for the exception",
            "A job may give a text or None as its result, too. The exception itself says that the "
            "job failed, and how.", "text; repr; nothing"),
        "tasks_are_no_results": WrongIdea("a task is taken for its result",
            "A coroutine or a task is work that goes on. await waits for it and gives the result.",
            "not awaited; not called"),
        "first_ends_it": WrongIdea("it ends when the first job has ended",
            "All results are wanted, so the slowest job decides when the list is there. Wait for "
            "all of them, as gather does.", "race"),
    },
),)  # fmt: skip
