"""Judge of exercise p1.2: a job with a deadline.

    in time    |=== job ===|          ·         its result
    late       |=== job ==============X         deadline: the job is cancelled, `instead`
    stopped    |=== job ===X                    the caller is cancelled, and so is the job

Exercises.  Builds on: `grading.scene`, `jobs`.
What is new here: the judge looks at the job after the function has returned.
Left out: a job that refuses to be cancelled.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from ...scene import NO_SLEEP, Scene, Scenes, Task
from ...trial import Answer, Exercise, Over, Raised, Verdict, Wrong, WrongIdea, text
from .jobs import BUSY_THREAD, JOBS, LATE, LIMITS, Jobs

CASES = {
    (IN_TIME := "a job that ends in time"):
        "The job is called once. Its result, also '' or None, is the result as soon as it ends.",
    (TOO_LATE := "a job that takes too long"):
        "At the deadline the job is cancelled, and the result is `instead`. asyncio counts in "
        "seconds, as the caller does.",
    (FAILS := "a job that fails"): "The job's own exception is raised, as it is.",
    (STOPPED := "somebody cancels the whole call"):
        "CancelledError comes through at once, and the job is cancelled, too.",
}  # fmt: skip
SAID = {"waits": "goes on", "cancelled": "is cancelled", "done": "has ended"}


async def right(job: Any, seconds: float, instead: Any, wrong: Wrong) -> Any:
    """The answer, with a switch for each mistake."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(job())
    end = loop.time() + seconds
    try:
        if "sleeps" in wrong:
            await asyncio.sleep(seconds)
        while "spins" in wrong and not task.done() and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.wait([task], timeout=None if "waits" in wrong else end - loop.time())
    except asyncio.CancelledError:
        if "leaves if stopped" not in wrong:
            task.cancel()
        if "another" in wrong:
            raise TimeoutError from None
        if "swallows" not in wrong:
            raise
        return instead
    if not task.done() or ("waits" in wrong and "for ever" not in wrong and loop.time() > end):
        if "leaves if late" not in wrong:
            task.cancel()
        if "raises" in wrong:
            raise TimeoutError
        return instead
    return instead if "hides" in wrong and task.exception() else task.result()


def judge_p1_2(answer: Answer, chance: random.Random) -> Verdict:
    """Each case adds one difficulty."""
    trial = Scenes(answer, chance, right)
    trial.near = LATE
    for outcome in text.phrase(chance, at_most=3), "", None:
        trial.play(IN_TIME, partial(_in_time, outcome))
    trial.play(TOO_LATE, _too_late)
    for error in ValueError, chance.choice([LookupError, ConnectionResetError, EOFError]):
        trial.play(FAILS, partial(_in_time, error(text.phrase(chance, at_most=3))))
    trial.play(STOPPED, _stopped)
    return trial.verdict()


def _begun(scene: Scene) -> tuple[Jobs, Task, float]:
    """A call whose job has begun, and its deadline."""
    jobs, seconds = Jobs(scene, 1), scene.chance.choice([2.6, 3.4, 4.6])
    task = scene.start("with_deadline", jobs.first, seconds, text.name(scene.chance))
    task.given = "with_deadline"
    busy = scene.run().restless
    scene.see_end(task)
    _see_job(scene, jobs, ", and the loop turns round and round" if busy else "")
    if busy:
        raise Over
    return jobs, task, seconds


def _see_job(scene: Scene, jobs: Jobs, more: str = "") -> None:
    [calls] = jobs.states()
    said = SAID[calls[0]] if len(calls) == 1 else f"was called {len(calls)} times"
    scene.see(None, counts=[more, *calls], text=f"at {scene.now:.2f} s the job {said}{more}")


def _later(scene: Scene, task: Task, *seconds: float) -> None:
    for some in seconds:
        scene.run(some)
        scene.see_end(task)


def _in_time(outcome: Any, scene: Scene) -> None:
    jobs, task, seconds = _begun(scene)
    _later(scene, task, seconds / 2)
    jobs.end(0, outcome)
    scene.run(LATE)
    value = task.value
    if isinstance(value, Raised) and f"{value.type}({value.message!r})" == repr(outcome):
        scene.see(value, counts=("raised", "its own"), text=f"with_deadline raised {outcome!r}")
    else:
        scene.see_end(task)
    _later(scene, task, seconds / 2 - 2 * LATE)
    _see_job(scene, jobs)


def _too_late(scene: Scene) -> None:
    jobs, task, seconds = _begun(scene)
    _later(scene, task, seconds - LATE, 2 * LATE)
    _see_job(scene, jobs)
    _later(scene, task, seconds * 1100)
    jobs.end(0, "too late")
    _later(scene, task, 0.0)


def _stopped(scene: Scene) -> None:
    jobs, task, seconds = _begun(scene)
    scene.run(seconds / 2)
    scene.cancel(task)
    _later(scene, task, 0.0)
    _see_job(scene, jobs)


EXERCISES = (Exercise(
    number="p1.2", title="A deadline", section="cancel", minutes=8, names=("with_deadline",),
    cases=CASES, judge=judge_p1_2, given=(JOBS,), guards=(NO_SLEEP,), limits=LIMITS,
    hints=(
        "Section 4 has a function that stops waiting after some seconds. What does "
        "asyncio.timeout do with the work inside it?",
        "Only TimeoutError means that the time is over. Let each other exception through, "
        "CancelledError above all.",
        "try: async with asyncio.timeout(seconds): return await job(). Then, at the level of try: "
        "except TimeoutError: return instead.",
    ),
    wrong_ideas={
        "job_left_running": WrongIdea("the job goes on although nobody waits for it",
            "It still takes memory and time. Whoever stops waiting cancels it, also if the call "
            "itself is cancelled. asyncio.timeout does both; cancel a task of your own in finally.",
            "leaves if late; leaves if stopped; leaves if late, leaves if stopped"),
        "waits_for_the_job": WrongIdea("it waits until the job has ended, however long that takes",
            "A deadline is there for the job that never ends. A clock that is read after the "
            "await tells only how long you have waited.", "waits; waits, for ever"),
        "cancellation_swallowed": WrongIdea("being cancelled is taken for the end of the time",
            "CancelledError says that nobody wants this call any more. If you catch it and "
            "return, it was not cancelled. Clean up in finally, and let it through.",
            "swallows; swallows, leaves if stopped; another"),
        "error_hidden": WrongIdea("a failed job looks like a late one",
            "except Exception catches everything. Then a lost connection and a typing error look "
            "like a slow network. Catch TimeoutError alone.", "hides"),
        "waits_for_the_deadline": WrongIdea("it always waits until the deadline",
            "The deadline says how long at most. The caller wants the result as soon as it is "
            "there. Wait for the job, with a timeout.", "sleeps; sleeps, leaves if stopped"),
        "timeout_comes_through": WrongIdea("the caller gets TimeoutError instead of `instead`",
            "asyncio tells you with TimeoutError that the time is over. The caller asked for "
            "`instead` then: catch the exception, and return that.", "raises"),
        **BUSY_THREAD,
    },
),)  # fmt: skip
