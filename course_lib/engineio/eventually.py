"""Steps that wait only if they must.

    def steps(request):                 finish(steps(request))
        answer = yield allow(request)       -> the value, when no step had to wait
        return Response(...)                -> a coroutine to await, from the first that had to

Lesson 07.  Builds on: nothing.  Used by: `server`.
New here: the application's functions may be `def` or `async def`.  A handshake with none of the
second kind costs no task.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Generator
from typing import Any, TypeVar

Result = TypeVar("Result")
Steps = Generator[Any, Any, Result]


def finish(steps: Steps[Result]) -> Result | Awaitable[Result]:
    """Run the steps.  Each yields a value, or an awaitable of one, and is sent the value."""
    try:
        value = next(steps)
        while not inspect.isawaitable(value):
            value = steps.send(value)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    return _finish_later(steps, value)


async def _finish_later(steps: Steps[Result], value: Any) -> Result:
    try:
        while True:
            if inspect.isawaitable(value):
                try:
                    value = await value
                except Exception as error:
                    value = steps.throw(error)
                    continue
            value = steps.send(value)
    except StopIteration as stop:
        result = stop.value
    finally:
        steps.close()
    # What the steps end with may have to be awaited, too: the response of a poll.
    found: Result = (await result) if inspect.isawaitable(result) else result
    return found
