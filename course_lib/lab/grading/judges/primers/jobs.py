"""Jobs for the exercises of primer p1: async functions whose results the judge decides.

    jobs = Jobs(scene, 3)                   jobs.chosen([0, 1, 2]) is a list in the answer's process
    scene.run(1.5)
    jobs.end(0, "안녕")                     now job 1 gives "안녕"
    jobs.end(1, KeyError("x"))              now job 2 raises it
    jobs.calls()                            [["done"], ["done"], ["waits"]]

Exercises.  Builds on: `grading.scene`.
What is new here: a job waits for a future that the judge fills.  So no result is in the answer's
process before its time.  When a job begins and ends is not told: the judge looks, by its own clock.
Left out: real time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...sandbox import process
from ...sandbox.values import Raised
from ...scene import Scene
from ...trial import WrongIdea

LATE = 0.15  # seconds that a result may come late: some answers poll the clock
# A busy loop is ended soon; processor time does not depend on the machine's load.
LIMITS = process.Limits(cpu=2)
BUSY_THREAD = {
    "blocks_the_loop": WrongIdea(
        "it keeps the thread busy instead of waiting",
        "There is one thread. While your function sleeps with time.sleep, or asks all the time "
        "whether a job is done, no job can run. await lets the loop wake you.",
        "spins",
    )
}
STATES = ("waits", "done", "cancelled")
JOBS = (
    "<jobs>",
    """\
import asyncio, builtins

class CourseJobs:
    def __init__(self, count):
        self.home = asyncio.get_running_loop()
        self.calls = [[] for _ in range(count)]  # a future for each call of each job
        self.jobs = [self.job(number) for number in range(count)]

    def job(self, number):
        async def job():
            if asyncio.get_running_loop() is not self.home:
                raise RuntimeError("a job runs in the loop of its caller, and this is another one")
            self.calls[number].append(self.home.create_future())
            return await self.calls[number][-1]
        return job

    def chosen(self, order):
        return [self.jobs[number] for number in order]

    def end(self, number, value, error):
        for future in self.calls[number]:
            if not future.done() and error:
                future.set_exception(getattr(builtins, error)(value))
            elif not future.done():
                future.set_result(value)

    def states(self):
        return [["cancelled" if one.cancelled() else "done" if one.done() else "waits"
                 for one in calls] for calls in self.calls]
""",
)


class Jobs:
    """The jobs of one story; `first` is one of them alone."""

    def __init__(self, scene: Scene, count: int) -> None:
        self.scene, self.count = scene, count
        self._held = scene.make("CourseJobs", count)
        self.first = scene.make("job", 0, on=self._held) if count else None

    def chosen(self, order: Sequence[int]) -> Any:
        """A list of jobs, for an argument."""
        return self.scene.make("chosen", list(order), on=self._held)

    def end(self, number: int, outcome: Any) -> None:
        """Let a job give a value or raise an exception, if it has begun."""
        failed = isinstance(outcome, Exception)
        said = f"job {number + 1} {'raises' if failed else 'gives'} {outcome!r}"
        self.scene.tell(f"{self.scene.now:6.2f} s  {said}")
        error = type(outcome).__name__ if failed else ""
        self._ask("end", number, str(outcome) if failed else outcome, error)

    def states(self) -> list[list[str]]:
        """What became of each call of each job: "waits", "done" or "cancelled"."""
        found = self._ask("states")
        if type(found) is not list or len(found) != self.count:
            return [[]] * self.count
        return [calls if type(calls) is list and all(one in STATES for one in calls) else []
                for calls in found]  # fmt: skip

    def _ask(self, name: str, *args: Any) -> Any:
        held = self._held
        return held if isinstance(held, Raised) else self.scene.stage.call(name, *args, on=held)
