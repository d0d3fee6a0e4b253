"""The cells "Your code on the wire": they show what a wrong answer does, and they end soon.

Left out: 1.5, which measures for seconds and shows two numbers side by side; an answer that keeps
the thread busy, which only Interrupt ends, as the text above its cell says.
"""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from course_lib.lab import checks, clock, lessons
from course_lib.lab.grading import registry

from . import answers

LESSONS = ("01", "p1", "p2", "p3")
EXERCISES = [n for n, one in registry.load().items() if one.lesson in LESSONS and n != "1.5"]
SAMPLE = ("p2.1",)  # in `make test`
ONE_BY_ONE = ("1.1", "1.4")  # they exchange a function of the library, or simulate
TIMED = ("p1.1",)  # they print how long it took: on virtual time, which no load changes
BUSY = {("p1.1", "blocks_the_loop"), ("p1.2", "blocks_the_loop")}
SOON = 60.0  # seconds, for a wrong answer on a busy computer


def _cells(number: str) -> list[str]:
    """What a learner runs, without the answer and its check."""
    exercise = registry.find(number)
    [path] = lessons.folder().parent.glob(f"exercises/{exercise.lesson}_*.ipynb")
    found, mine = [], False
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        role = cell["metadata"].get("course", {})
        if role.get("role") == "prompt":
            mine = role["exercise"] == number
        mine = mine and cell["id"] not in ("progress", "finish")
        wire = cell["id"] == "start" or (mine and role.get("role") not in ("stub", "check"))
        if cell["cell_type"] == "code" and wire:
            found.append("".join(cell["source"]).replace("lab.start()", ""))
    return found


async def _run(number: str, answer: str) -> tuple[str, float]:
    """What is printed, the exception that ends it, and how long it took."""
    printed: list[str] = []

    def show(*parts: Any, sep: str = " ", end: str = "\n") -> None:
        printed.append(sep.join(map(str, parts)) + end)

    scope: dict[str, Any] = {"__name__": "__main__", "print": show}
    first, *others = _cells(number)
    began = time.perf_counter()
    try:
        for text in (first, answer, *others):
            code = compile(text, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            waiting = eval(code, scope)
            if asyncio.iscoroutine(waiting):
                await waiting
    except Exception as error:
        printed.append(f"{type(error).__name__}: {error}")
    text = re.sub(r"(ValueError): .*", r"\1", "".join(printed))  # a learner's own words
    return text, time.perf_counter() - began


async def _all(number: str, paths: Sequence[Path]) -> dict[str, tuple[str, float]]:
    texts = [path.read_text("utf-8") for path in paths]
    if number in ONE_BY_ONE:
        found = [await _run(number, text) for text in texts]
    else:
        found = [*await asyncio.gather(*(_run(number, text) for text in texts))]
    return {path.stem: one for path, one in zip(paths, found, strict=True)}


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # left by an answer
@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=() if n in SAMPLE else pytest.mark.wide) for n in EXERCISES]
)
def test_a_wrong_answer_is_seen_on_the_wire_and_ends_soon(
    number: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever has an idea that the judge knows does not read the output of a right answer.

    A fault without a name may need another wire to be seen.
    """
    caplog.set_level(logging.CRITICAL)  # a server whose handler fails says so
    files = {
        kind: [
            path
            for n, path in answers.files(kind)
            if n == number and (number, path.stem) not in BUSY
        ]
        for kind in answers.KINDS
    }
    run = clock.simulate if number in TIMED else asyncio.run
    right = run(_all(number, files["right"]))
    good = {text for text, _ in right.values()}
    assert not any("✘" in text or "Error: " in text for text in good), right
    found = run(_all(number, [*files["wrong"], *files["unnamed"]]))
    named = {path.stem for path in files["wrong"]}
    assert {name: text for name, (text, _) in found.items() if text in good and name in named} == {}
    assert {name: took for name, (_, took) in found.items() if took > SOON} == {}


async def test_what_does_not_end_is_ended_in_words() -> None:
    """A time-out of the learner's own is not touched."""
    with pytest.raises(TimeoutError, match=r"after 0\.01 s one side still waits"):
        async with checks.within(0.01):
            await asyncio.Event().wait()
    with pytest.raises(TimeoutError, match="mine"):
        async with checks.within(60):
            raise TimeoutError("mine")
    async with checks.within(60):
        pass
