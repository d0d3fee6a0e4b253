"""The judge's end of `stage`: coroutines of the answer on the judge's clock.

    stage = answer.stage()
    one = stage.start("take", 0, 3600.0)      a task; it begins in the next run
    stage.run(until=3599.9).happened          []
    stage.run(until=3600.0).happened          [Happened(at=3600.0, task=one, how="returned", …)]

Exercises.  Builds on: values, limits; stage (what runs in the answer's process).
What is new here: how busy the answer's loop was is counted, so that polling can be told from
waiting although both give the same result.
Left out: sockets; see `Remote.peer` for what an answer reads from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import limits, values
from .values import Raised

if TYPE_CHECKING:
    from .remote import Held, Remote


@dataclass(slots=True)
class Happened:
    """What became of a task: `how` is "returned" (a value), "raised" (a Raised) or "cancelled"."""

    at: float
    task: int
    how: str
    value: Any


@dataclass(slots=True)
class Turn:
    """One `Stage.run`: what ended in it, which tasks wait, and how busy the loop was.

    `turns` and `timers` count turns of the loop and timers set; `restless`: it never came to rest.
    """

    happened: list[Happened]
    waiting: list[int]
    turns: int
    timers: int
    restless: bool


class Stage:
    """See `stage` of the answer's process.  All times are seconds since it was made."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def start(self, name: str, *args: Any, on: Held | None = None, **kwargs: Any) -> Any:
        """Make a task of `name(*args)`, a method of `on` if given; its number, or `Raised`."""
        return self._ask("start", name, on, args, kwargs)

    def call(self, name: str, *args: Any, on: Held | None = None, **kwargs: Any) -> Any:
        """An ordinary call on the same loop, at the present time."""
        return self._ask("call", name, on, args, kwargs)

    def make(self, name: str, *args: Any, on: Held | None = None, **kwargs: Any) -> Any:
        """The same; what it returns stays there."""
        return self._ask("call", name, on, args, kwargs, keep=True)

    def cancel(self, task: int) -> None:
        """Cancel a task, as a server does when its peer leaves.  It ends in the next `run`."""
        self._remote._ask({"do": "stage", "step": "cancel", "task": task, "name": ""})

    def run(self, until: float, *, steps: int = 10_000) -> Turn:
        """Let time pass to `until`; a second call with the same time does what is still due."""
        found = self._remote._ask({"do": "stage", "step": "run", "until": until, "steps": steps})
        try:
            happened = [_happened(*row) for row in found["happened"]]
            counts = [_number(found[name]) for name in ("turns", "timers")]
            waiting = [int(_number(task)) for task in found["waiting"]]
            return Turn(happened, waiting, int(counts[0]), int(counts[1]), bool(found["restless"]))
        except (TypeError, LookupError, ValueError, OverflowError, RecursionError):
            raise limits.Ended("broken", f"The loop stopped: {found!r}") from None

    def _ask(
        self, step: str, name: str, on: Held | None, args: Any, kwargs: Any, *, keep: bool = False
    ) -> Any:
        message = {"do": "stage", "step": step, "name": name, "keep": keep, **packed(args, kwargs)}
        if on is not None:
            message["on"] = on.number
        result = self._remote._ask(message)
        if isinstance(result, Raised):
            return result
        if step == "start" or keep:
            if type(result) is int if step == "start" else isinstance(result, values.Handle):
                return result
            raise limits.Ended("broken", "Your code wrote to the grader's own pipe.")
        try:
            return values.unpack(result)
        except (TypeError, ValueError, RecursionError) as error:
            raise limits.Ended("broken", f"Your code returned what is no value: {error}") from None


def packed(args: Any, kwargs: Any) -> dict[str, Any]:
    """Arguments for the pipe."""
    return {
        "args": [values.pack(item) for item in args],
        "kwargs": {key: values.pack(item) for key, item in kwargs.items()},
    }


def raised(fields: Any) -> Raised:
    """What the answer's process tells of an exception."""
    return Raised(*[str(field) for field in fields][:5])


def _number(value: Any) -> float:
    """A number that came through the pipe: finite, and small enough to calculate with."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return value  # type: ignore[no-any-return]


def _happened(at: float, task: int, how: str, value: Any) -> Happened:
    at, task = _number(at), int(_number(task))
    return Happened(at, task, how, raised(value) if how == "raised" else values.unpack(value))
