"""The learner's code, as a judge uses it: call, look, wait on a clock, and get plain values back.

    answer.call("since", log, 3)            ─▶ value, or Raised
    table = answer.make("Assembler", 1000)  ─▶ RemoteObject;  table.call("feed", chunk)
    answer.call("read_response", answer.peer(reader, "read"))      reader.read runs in the grader

    stage = answer.stage()
    one = stage.start("take", 0, 3600.0)      a task; it begins in the next run
    stage.run(until=3599.9).happened          []
    stage.run(until=3600.0).happened          [Happened(at=3600.0, task=one, how="returned", …)]

Exercises.  Builds on: process, values; stage (what runs in the answer's process).
What is new here: an exception of the learner's code is a value (`Raised`), which a judge compares
like any other.  If the answer's process ends or is too slow, `process.Ended` is raised, which ends
the judge unless the judge catches it.
Left out: functions as arguments; give an object (`peer`) and let the answer call its methods.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from .... import errors
from . import process, values
from .values import Handle, NotPlain, Raised

if TYPE_CHECKING:
    from ..marks import Marks

__all__ = ["Happened", "NotPlain", "Raised", "Remote", "RemoteObject", "Stage", "Turn"]

# Errors of the library that are the answer's fault if an object of the judge raises them.
ABOUT_VALUES = (errors.LocalError, errors.RemoteError, errors.ConnectionClosed)
LONGEST_FIELD = 4000  # characters of what an exception says of itself

Part = tuple[str, str]
"""The name of a text (the cell that it is from) and the text."""


class Remote:
    """One submission in its process.  `missing` says what the system did not limit.

    `marks` is there for a judge; see `answer.begin`.
    """

    marks: Marks
    awaits = True  # a coroutine that a call gives is run to its end
    launch: Callable[[process.Limits], process.Process] = process.Process

    def __init__(self, parts: Sequence[Part], limits: process.Limits | None = None) -> None:
        self.parts = list(parts)
        self.limits = limits or process.Limits()
        self.missing: list[str] = []
        self.started = 0.0  # seconds that the process took to start
        self.printed = b""  # output of processes that have ended
        self._process: process.Process | None = None
        self._peers: dict[int, _Lent] = {}
        self._stage: Stage | None = None

    def restart(self) -> Raised | None:
        """Start a new process and load the text; returns what the text raised, or None."""
        self.close()
        before = time.perf_counter()
        self._process = self.launch(self.limits)
        self.started = time.perf_counter() - before
        self.missing = self._process.missing
        result = self._ask({"do": "load", "parts": self.parts})
        return result if isinstance(result, Raised) else None

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function; returns its plain value, `NotPlain` for any other, or `Raised`.

        A coroutine that it returns is awaited, on a new event loop, if `awaits`.
        """
        return self._call(None, name, args, kwargs)

    def make(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a class or function, keep its result there; a `RemoteObject`, or `Raised`."""
        return self._call(None, name, args, kwargs, keep=True)

    def get(self, name: str) -> Any:
        """The value of a global name."""
        return self._ask({"do": "get", "name": name})

    def peer(self, thing: Any, *methods: str, waits: bool = False) -> Handle:
        """Lend an object of the judge to the answer, as an argument.

        The answer may call the named methods and no others; they run here, with plain values.
        `waits`: the answer must await them.  Raises LocalError if a method is missing.

        What a method raises is raised in the answer, too, as the nearest built-in exception; so
        arguments that the method cannot take are the answer's fault.  An exception of a class that
        the judge itself defines is raised here, and the answer never sees it.
        """
        lent = {name: getattr(thing, name, None) for name in methods}
        if not methods or not all(map(callable, lent.values())):
            raise errors.LocalError(f"{type(thing).__name__} has no methods {methods} to be called")
        number = len(self._peers) + 1
        self._peers[number] = _Lent(thing, lent)
        return Handle("$peer", -number if waits else number)

    def stage(self) -> Stage:
        """The stage of its process, for coroutines on a clock that the judge moves."""
        if self._stage is None:
            self._stage = Stage(self)
        return self._stage

    @property
    def output(self) -> str:
        """What the answer printed."""
        now = self._process.output if self._process else b""
        return (self.printed + now).decode(errors="replace")

    def close(self) -> None:
        """End the process.  The next call starts another."""
        if self._process is not None:
            self._stage = None
            self._process.close()
            self.printed = (self.printed + self._process.output)[: self.limits.output]
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(
        self, on: int | None, name: str, args: Any, kwargs: Any, *, keep: bool = False
    ) -> Any:
        result = self._ask({"do": "call", "on": on, "name": name, "keep": keep,
                            "awaits": self.awaits, **_packed(args, kwargs)})  # fmt: skip
        return kept(result) if keep else result

    def _ask(self, message: dict[str, Any]) -> Any:
        if self._process is None:
            failed = self.restart()
            if failed is not None:
                return failed
        assert self._process is not None
        reply = self._process.ask(message, self._serve)
        return self._result(reply, raw=message["do"] == "stage")

    def _result(self, reply: dict[str, Any], *, raw: bool) -> Any:
        try:
            if "raised" in reply:
                return _raised(reply["raised"])
            if raw and not _is_handle(reply["value"]):
                return reply["value"]
            return values.unpack(reply["value"], self._found)
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise process.Ended("broken", f"Your code returned what is no value: {error}") from None

    def _serve(self, asked: Any) -> dict[str, Any]:
        """Call a method of the judge's object, as the answer asked."""
        try:
            peer, name, args, kwargs = asked
            method = self._peers[peer].methods.get(name)
            args, kwargs = values.unpack(args), values.unpack(kwargs)
        except (ValueError, TypeError, LookupError, RecursionError):
            return {"raise": ["AttributeError", f"there is no {values.shortened(asked)}"]}
        if method is None:
            return {"raise": ["AttributeError", f"there is no {name}"]}
        try:
            return {"value": values.pack(method(*args, **kwargs))}
        except Exception as error:
            if _is_the_judges(error):
                raise
            return {"raise": [_builtin(error), str(error)]}

    def _found(self, kind: str, number: int) -> Any:
        return RemoteObject(self, number) if kind == "$held" else self._peers[abs(number)].thing


@dataclass(slots=True)
class _Lent:
    """An object of the judge, and its methods that the answer may call."""

    thing: Any
    methods: dict[str, Any]


class RemoteObject(Handle):
    """An object in the answer's process.  It may be an argument of later calls."""

    __slots__ = ("remote",)

    def __init__(self, remote: Remote, number: int) -> None:
        super().__init__("$held", number)
        self.remote = remote

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method; see `Remote.call`.  Generators have `__next__` and `send`."""
        return self.remote._call(self.number, name, args, kwargs)

    def make(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method and keep its result in the answer's process."""
        return self.remote._call(self.number, name, args, kwargs, keep=True)

    def get(self, name: str) -> Any:
        """The value of an attribute."""
        return self.remote._ask({"do": "get", "on": self.number, "name": name})


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

    `turns` and `timers` count turns of the loop and timers set; `restless`: it never became idle.
    """

    happened: list[Happened]
    waiting: list[int]
    turns: int
    timers: int
    restless: bool


class Stage:
    """Coroutines of the answer on a clock that the judge moves; see `stage.py`, which runs them.

    `Turn` counts how busy the answer's loop was, so a judge can tell polling from waiting, although
    both give the same result.  All times are seconds since the stage was made.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self.now = 0.0  # until when time has passed

    def start(self, name: str, *args: Any, on: RemoteObject | None = None, **kwargs: Any) -> Any:
        """Make a task of `name(*args)`, a method of `on` if given; its number, or `Raised`."""
        return self._ask("start", name, on, args, kwargs)

    def call(self, name: str, *args: Any, on: RemoteObject | None = None, **kwargs: Any) -> Any:
        """Call a plain function on the same loop, at the present time."""
        return self._ask("call", name, on, args, kwargs)

    def make(self, name: str, *args: Any, on: RemoteObject | None = None, **kwargs: Any) -> Any:
        """The same call; keeps its result there: a `RemoteObject`, or `Raised`."""
        return self._ask("call", name, on, args, kwargs, keep=True)

    def cancel(self, task: int) -> None:
        """Cancel a task, as a server does when its peer leaves.  It ends in the next `run`."""
        self._remote._ask({"do": "stage", "step": "cancel", "task": task, "name": ""})

    def run(self, until: float, *, steps: int = 10_000) -> Turn:
        """Let time pass to `until`; a second call with the same time does what is still due."""
        found = self._remote._ask({"do": "stage", "step": "run", "until": until, "steps": steps})
        self.now = until
        try:
            happened = [_happened(*row) for row in found["happened"]]
            counts = [_number(found[name]) for name in ("turns", "timers")]
            waiting = [int(_number(task)) for task in found["waiting"]]
            return Turn(happened, waiting, int(counts[0]), int(counts[1]), bool(found["restless"]))
        except (TypeError, LookupError, ValueError, OverflowError, RecursionError):
            said = values.shortened(found)
            raise process.Ended("broken", f"The loop stopped: {said}") from None

    def _ask(
        self,
        step: str,
        name: str,
        on: RemoteObject | None,
        args: Any,
        kwargs: Any,
        *,
        keep: bool = False,
    ) -> Any:
        message = {"do": "stage", "step": step, "name": name, "keep": keep, **_packed(args, kwargs)}
        if on is not None:
            message["on"] = on.number
        result = self._remote._ask(message)
        if isinstance(result, Raised):
            return result
        if step == "start" or keep:
            if type(result) is int if step == "start" else isinstance(result, values.Handle):
                return result
            raise process.Ended("broken", "Your code wrote to the grader's own pipe.")
        try:
            return values.unpack(result)
        except (TypeError, ValueError, RecursionError) as error:
            raise process.Ended("broken", f"Your code returned what is no value: {error}") from None


def kept(result: Any) -> Any:
    """The `RemoteObject` or `Raised`.  Raises Ended for any other value: the answer forged it."""
    if isinstance(result, (RemoteObject, Raised)):
        return result
    raise process.Ended("broken", "Your code wrote to the grader's own pipe.")


def _is_handle(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"$held"}


def _packed(args: Any, kwargs: Any) -> dict[str, Any]:
    """Arguments as JSON for the pipe."""
    return {
        "args": [values.pack(item) for item in args],
        "kwargs": {key: values.pack(item) for key, item in kwargs.items()},
    }


def _raised(fields: Any) -> Raised:
    """`Raised`, from the fields that the answer's process sent."""
    return Raised(*[str(field)[:LONGEST_FIELD] for field in fields][:5])


def _is_the_judges(error: Exception) -> bool:
    """Whether its class is neither Python's nor one of ABOUT_VALUES: it ends the judge's call."""
    package = type(error).__module__.partition(".")[0]
    return package not in sys.stdlib_module_names and not isinstance(error, ABOUT_VALUES)


def _builtin(error: Exception) -> str:
    """The name of the nearest built-in exception that can be made of a text alone."""
    for kind in type(error).__mro__:
        if kind.__module__ == "builtins":
            try:
                kind(str(error))
            except TypeError:  # UnicodeDecodeError takes five arguments
                continue
            return kind.__name__
    raise AssertionError("every exception is an Exception")


def _number(value: Any) -> float:
    """A number that came through the pipe: finite, and small enough to calculate with."""
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return value  # type: ignore[no-any-return]


def _happened(at: float, task: int, how: str, value: Any) -> Happened:
    at, task = _number(at), int(_number(task))
    return Happened(at, task, how, _raised(value) if how == "raised" else values.unpack(value))
