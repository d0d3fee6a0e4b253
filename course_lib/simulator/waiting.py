"""What each task waits for: the report of a simulation that cannot go on.

Builds on: nothing.  Used by: `loop`.

    Task-2 (reader) at chat.py:41: line = await stream.readline()   in StreamReader.readuntil
      task, its coroutine, the last line outside the standard library, and where it sleeps

New here: a suspended coroutine knows what it awaits (`cr_await`), so the way from a task to the
line that sleeps can be walked without running anything.

Left out: what is inside an asynchronous generator (Python does not say).
"""

from __future__ import annotations

import asyncio
import linecache
import os
import sysconfig
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any

_LIBRARY = os.path.normcase(sysconfig.get_path("stdlib"))


def describe(tasks: Iterable[asyncio.Task[Any]]) -> list[str]:
    """One line for each task, in the order given."""
    return [_describe(task) for task in tasks]


def _describe(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    start = f"{task.get_name()} ({getattr(coroutine, '__qualname__', type(coroutine).__name__)})"
    places = _places(coroutine)
    if not places:
        return f"{start} has not begun"
    shown = next((place for place in reversed(places) if not _in_library(place[0])), places[-1])
    code, line = shown
    source = linecache.getline(code.co_filename, line).strip()
    text = f"{start} at {os.path.basename(code.co_filename)}:{line}"
    text += f": {source}" if source else ""
    if shown is not places[-1]:
        text += f"   in {places[-1][0].co_qualname}"
    awaited = getattr(task, "_fut_waiter", None)
    if isinstance(awaited, asyncio.Task):
        text += f"   for {awaited.get_name()}"
    return text


def _in_library(code: CodeType) -> bool:
    path = os.path.normcase(code.co_filename)
    return path.startswith(_LIBRARY) and "site-packages" not in path


def _places(awaitable: object) -> list[tuple[CodeType, int]]:
    """Code and line of each frame, from the task's coroutine down to where it sleeps."""
    places: list[tuple[CodeType, int]] = []
    while awaitable is not None:
        frame: FrameType | None = None
        for kind, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            if hasattr(awaitable, inner):
                frame = getattr(awaitable, f"{kind}_frame")
                awaitable = getattr(awaitable, inner)
                break
        else:
            awaitable = None
        if frame is not None and frame.f_lasti >= 0:
            places.append((frame.f_code, frame.f_lineno))
    return places
