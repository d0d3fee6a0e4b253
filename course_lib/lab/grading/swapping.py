"""Your code on the wire: yours replaces a function of the running library, inside a `with` block.

    with swap(http11, encode_request=mine):
        await http.get(url)                      the library calls mine
    async with within(3):
        …                                        for three seconds at most

Exercises.  Builds on: lesson_list (which functions may be replaced).
What is new here: the library looks up `module.name` at each call, so one assignment replaces the
function.  If yours was never called, `swap` raises LocalError.  If yours raised an exception inside
a server, far from the cell, `swap` prints it at its end.
A class may be replaced like a function, if the library makes its objects by `module.Name`.
Left out: methods.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import traceback
import types
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from ... import __name__ as package
from ...errors import CourseError, LocalError
from ..authoring import lesson_list

_active: list[swap] = []


def complain(name: str, error: Exception) -> None:
    """Record that your function `name` raised `error`; the active swap prints it at its end.

    A CourseError is not recorded: the function refused its input, as the library does.
    """
    if _active and not isinstance(error, CourseError):
        _active[-1].raised.setdefault(name, error)


class swap:
    """Context manager.  `module` is one of course_lib; each keyword names a function of it.

    `calls` counts how often each of yours was called.  LocalError for a name that no lesson lists
    as swappable, and at the end when a function was never called.
    """

    def __init__(self, module: types.ModuleType, **functions: Callable[..., Any]) -> None:
        place = module.__name__.removeprefix(f"{package}.")
        allowed = [name for lesson in lesson_list.load() for name in lesson.swappable]
        for name, function in functions.items():
            if f"{place}.{name}" not in allowed:
                raise LocalError(
                    f"{place}.{name} cannot be swapped; lessons.toml lists {', '.join(allowed)}"
                )
            if not callable(function):
                raise LocalError(f"{name} must be a function, not {function!r}")
        if not functions:
            raise LocalError("name a function: swap(http11, encode_request=mine)")
        self.calls = dict.fromkeys(functions, 0)
        self.raised: dict[str, Exception] = {}
        self._module = module
        self._functions = functions
        self._before: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if self._before:
            raise LocalError("this swap is in use; make another one")
        for name, function in self._functions.items():
            self._before[name] = getattr(self._module, name)
            setattr(self._module, name, self._counted(name, function))
        _active.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for name, function in self._before.items():
            setattr(self._module, name, function)
        self._before = {}
        _active.remove(self)
        for name, error in self.raised.items():
            print(f"✘ {_said(name, error)}")
        unused = [name for name, calls in self.calls.items() if not calls]
        if unused and kind is None:
            raise LocalError(f"nothing called your {', '.join(unused)}: no traffic went through it")

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls[name] += 1
            try:
                return function(*args, **kwargs)
            except Exception as error:
                complain(name, error)
                raise

        return call


def _said(name: str, error: Exception) -> str:
    if isinstance(error, NotImplementedError):
        return f"Your {name} is not written yet."
    steps = traceback.extract_tb(error.__traceback__)
    place = f" (line {steps[-1].lineno} in {steps[-1].name})" if steps else ""
    return f"Your {name} raised {type(error).__name__}: {error}{place}"


@contextlib.asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError, with an explanation, if the block takes longer than `seconds`.

    A wrong answer often waits for bytes that the other side never sends.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        text = f"after {seconds:g} s one side still waits for bytes that the other does not send"
        raise TimeoutError(text) from None
