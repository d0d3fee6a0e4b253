"""Stories with tasks on a clock that the judge moves: readers who wait, peers that leave.

    def story(scene):
        box = scene.make("Mailbox")
        reader = scene.start("take", 0, 25.0, on=box)      "  0.00 s  take(0, 25.0)"
        scene.run(4.2)                                      time passes
        scene.call("put", "hi", on=box)                     "  4.20 s  put('hi')"
        scene.run()                                         what is due at 4.2 s happens
        scene.see_end(reader)                               "take(…) gave (['hi'], 1) at 4.20 s"

    trial = Scenes(answer, chance, right=Mailbox, ideas={…})    trial.play(WAITS, story)

Exercises.  Builds on: play, trial, sandbox.remote (its stage).
What is new here: what a task gave and when is compared with the right program's task.  A wrong one
that is late explains an answer that is late, by however much.
Left out: real time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .marks import gave
from .play import Play, Reading, Seen, shapes
from .sandbox.remote import Happened, Remote, Turn
from .sandbox.values import Handle, Raised
from .trial import STUCK, Fault, Trial
from .verdict import WrongIdea

NEAR = 0.01  # seconds: as good as the right moment
QUIET = 3  # timers that a waiting task may set; one is enough
STEPS = 5_000  # turns of the loop for one `run`

NO_SLEEP = (
    "the grader's text",
    """\
import time

class TimeSleep(BaseException):
    pass

def _sleep(seconds):
    raise TimeSleep(f"time.sleep({seconds})")

time.sleep = _sleep
del _sleep
""",
)
"""For `Exercise.guards`: `time.sleep` ends the call, whatever `except Exception` is around it."""

BLOCKS_THE_LOOP = {
    STUCK: WrongIdea(
        "something stops everybody",
        "There is one loop for everything. While time.sleep waits, or a loop runs round and round "
        "without await, nobody else runs: no reader is answered and no message is put. Wait with "
        "await: asyncio.sleep, a future, a timeout of asyncio.",
    )
}


class Task:
    """A call of a coroutine function.  `happened` is None as long as it waits."""

    def __init__(self, number: Any, given: str, begun: float, args: Sequence[Any] = ()) -> None:
        self.number, self.given, self.begun, self.args = number, given, begun, args
        self.happened: Happened | None = None

    @property
    def value(self) -> Any:
        """What it returned; `Raised`, also if it could not even begin; None if it waits."""
        if isinstance(self.number, Raised):
            return self.number
        return None if self.happened is None else self.happened.value


class Scene(Play):
    """A story with a clock.  `now` is in seconds from its beginning."""

    def __init__(self, subject: Remote, case: str, chance: random.Random, reading: Reading) -> None:
        super().__init__(subject, case, chance, reading)
        self.stage = subject.stage()
        self._zero, self.now = self.stage.now, 0.0
        self.tasks: list[Task] = []
        self.turn: Turn | None = None  # the last one
        self._timers, self._restless, self._since = 0, False, 0.0

    def start(self, name: str, *args: Any, on: Any = None) -> Task:
        """Call a coroutine function, or a method of `on`, as a task; it begins in the next run."""
        task = Task(on, self._line(name, args), self.now, args)
        if not isinstance(on, Raised):
            task.number = self.stage.start(name, *args, on=on)
        self.tasks.append(task)
        return task

    def call(self, name: str, *args: Any, on: Any = None) -> Any:
        """Call a plain function on the same loop, now."""
        self._line(name, args)
        return self.noted(name, self._called(self.stage.call, name, args, on))

    def make(self, name: str, *args: Any, on: Any = None) -> Any:
        """The same; its result stays there."""
        return on if isinstance(on, Raised) else self.stage.make(name, *args, on=on)

    def cancel(self, task: Task, said: str = "") -> None:
        """Cancel a task, as a server does when a peer leaves; it ends in the next run."""
        self.tell(f"{self.now:6.2f} s  {said or f'{task.given} is cancelled'}")
        if isinstance(task.number, int):
            self.stage.cancel(task.number)

    def run(self, seconds: float = 0.0, *, steps: int = STEPS) -> Turn:
        """Let time pass, in at most so many turns of the loop."""
        self.now += seconds
        turn = self.turn = self.stage.run(until=self._zero + self.now, steps=steps)
        self._timers += turn.timers
        self._restless = self._restless or (turn.restless and steps == STEPS)
        for event in turn.happened:
            event.at -= self._zero
            for task in self.tasks:
                if task.number == event.task:
                    task.happened = event
        return turn

    def see_end(self, task: Task, *, case: str = "", why: str = "", counts: Any = None) -> None:
        """How the task is by now: waits, or has ended; then how, with what, and when.

        `counts` is what counts of its result, instead of what the trial reads in it.
        """
        event, value = task.happened, task.value
        if event is None and not isinstance(value, Raised):
            said = f"{task.given} still waits at {self.now:.2f} s"
            self.see(None, case=case, counts=("waits",), text=said, why=why)
            return
        self.shapes.append(shapes(value, task.args))
        at = task.begun if event is None else event.at
        how = "raised" if event is None else event.how
        said, *lines = ("was cancelled" if how == "cancelled" else gave(value)).split("\n")
        read = self.reading(value) if counts is None else counts
        self.see(value, case=case, counts=(how, read), why=why, at=at,
                 text="\n".join([f"{task.given} {said} at {at:.2f} s", *lines]))  # fmt: skip

    def watch(self) -> None:
        """Count from now on how often the loop wakes up; see `see_quiet`."""
        self._timers, self._restless, self._since = 0, False, self.now

    def see_quiet(self, what: str, *, case: str = "", why: str = "") -> None:
        """Did the loop sleep since `watch`, but for a few timers?"""
        busy = self._restless or self._timers > QUIET
        often = "all the time" if self._restless else f"{self._timers} times"
        said = f"{what} wakes up {often} in {self.now - self._since:.1f} s" if busy else (
            f"{what} sleeps until something happens")  # fmt: skip
        self.see(None, case=case, counts="busy" if busy else "quiet", text=said, why=why)

    def see_call(self, name: str, *args: Any, on: Any = None, case: str = "", why: str = "") -> Any:
        """Call a plain function, and see what it gives."""
        got = self.call(name, *args, on=on)
        self.see(got, case=case, why=why)
        return got

    def over(self) -> None:
        """Tasks that still wait belong to this story: the next one has a process of its own."""
        if self._restless or (self.turn is not None and self.turn.waiting):
            self.subject.close()

    def _called(self, call: Any, name: str, args: Any, on: Any) -> Any:
        return on if isinstance(on, Raised) else call(name, *args, on=on)

    def _line(self, name: str, args: Any) -> str:
        given = ", ".join("…" if isinstance(arg, Handle) else repr(arg) for arg in args)
        self.tell(f"{self.now:6.2f} s  {name}({given})")
        return f"{name}({given})"


class Scenes(Trial):
    """A trial whose stories are given a `Scene`."""

    near = NEAR

    def begin(self, subject: Remote, case: str, chance: random.Random) -> Scene:
        return Scene(subject, case, chance, self.reading)

    def good(self, mine: Seen, right: Seen) -> bool:
        return super().good(mine, right) and self._side(mine, right) == 0

    def alike(self, mine: Seen, other: Seen, right: Seen) -> bool:
        return super().alike(mine, other, right) and (
            self._side(mine, right) == self._side(other, right)
        )

    def _side(self, seen: Seen, right: Seen) -> int:
        """-1 if it came too early, 1 if too late."""
        if seen.at is None or right.at is None or abs(seen.at - right.at) <= self.near:
            return 0
        return -1 if seen.at < right.at else 1

    def _explained(self, faults: Sequence[Fault]) -> tuple[str, str]:
        """`time.sleep` explains itself."""
        values = (mine.value for _, _, mine in faults if mine is not None)
        if STUCK in self.exercise.wrong_ideas and any(
            isinstance(value, Raised) and value.type == "TimeSleep" for value in values
        ):
            return STUCK, ""
        return super()._explained(faults)
