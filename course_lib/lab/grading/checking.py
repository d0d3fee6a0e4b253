"""What a learner types below an exercise: check, hint, solution, give_up, progress.

The cells "Your code on the wire" call `answered` first: it stops a cell with one sentence, before a
stub makes the library fail with a long traceback.

    check("1.1")      Graded: request_bytes from In[7] (9 lines, 3f2a91c0)
                      ✘ 1.1 Write a request: not yet, 2 of 4 cases right …

Exercises.  Builds on: registry, submission, places, runner, history, progress, exercise_text.
What is new here: `check` says which text it graded, and whether the notebook holds a newer one.
Left out: judging; see `runner`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import LocalError
from ..authoring import lesson_list
from ..figures.markup import FAINT, Shown, escape, heading, pre, table
from . import exercise_text, history, places, progress, registry, runner, submission
from .verdict import Verdict


def check(number: str) -> Verdict:
    """Grade what the cells of this notebook define, as the kernel last ran them."""
    exercise = registry.find(number)
    ran = history.cells()
    where = [places.find(exercise.lesson, text, history.ids.get(name, "")) for name, text in ran]
    found = submission.collect(
        ran, exercise.names, lambda cell, name: places.rank(where[cell], name, exercise)
    )
    if found.parts:
        print(f"Graded: {found.described()}.")
    for name in history.edited(ran, exercise.names):
        print(
            f"The saved notebook has another {name}, edited after that. Run its cell, then check."
        )
    if not found.missing:
        for name in history.unfinished(exercise.names):
            print(f"The kernel has no {name}: did its cell end with an error?")
    for cell in found.broken if found.parts else ():
        print(f"{cell} is no valid Python and was left out.")
    verdict = runner.grade(exercise, found)
    if verdict.attempted:
        event = "pass" if verdict.passed else "attempt"
        problem = progress.record(number, event, score=verdict.score, idea=verdict.wrong_idea)
        if problem:
            print(problem)
        if not verdict.passed:
            verdict.next = f'checks.hint("{number}") gives a hint.'
    return verdict


class NotAnswered(LocalError):
    """The exercise is not answered yet, so the cell that raises this has nothing to show."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]


def answered(number: str) -> None:
    """Raise NotAnswered if the exercise's cell was not run or still holds the stub.

    Outside of a notebook it returns at once: there is no history of cells.
    """
    exercise = registry.find(number)
    try:
        found = submission.collect(history.cells(), exercise.names)
    except LocalError:
        return
    lines = [line.strip() for _, text in found.parts for line in text.split("\n")]
    if found.missing or exercise_text.STUB[1] in lines:
        raise NotAnswered(
            f"{number} is not answered yet. Write your answer, run its cell, and then this one."
        )


def hint(number: str) -> Shown:
    """Show the next of three hints; after the third, the third again."""
    exercise = registry.find(number)
    step = min(progress.of(number).hints + 1, len(exercise.hints))
    if progress.of(number).hints < len(exercise.hints):
        progress.record(number, "hint")
    return _said(f"{number}: hint {step} of {len(exercise.hints)}", exercise.hints[step - 1])


def give_up(number: str) -> Shown:
    """Record that you want to see the solution.  A later pass still counts."""
    registry.find(number)
    if not progress.of(number).gave_up:
        progress.record(number, "give_up")
    return _said(f"{number}: noted", f'checks.solution("{number}") shows the solution now.')


def solution(number: str) -> Shown:
    """Show the course's solution, if the learner has passed or has called `give_up`."""
    exercise = registry.find(number)
    done = progress.of(number)
    if not (done.passed or done.gave_up):
        return _said(
            f"{number}: not yet",
            f'Pass check("{number}") first. checks.hint("{number}") helps. After '
            f'checks.give_up("{number}"), which is recorded, the solution is shown.',
        )
    folder = lesson_list.folder().parent / "solutions"
    for file in sorted(folder.glob(f"{exercise.lesson}_*.ipynb")):
        text = _answer_cell(file, exercise.grade_id)
        if text:
            code = exercise_text.revealed(text)
            html = pre(escape(code), f"solution of {number}")
            return Shown(code, heading(f"{escape(number)}: solution") + html)
    return _said(f"{number}: no solution here", "This folder comes without solutions; ask for it.")


def overview() -> Shown:
    """A table of all exercises, each with its state, best score, attempts and hints."""
    known = progress.load()
    rows: list[dict[str, Any]] = []
    for exercise in registry.load().values():
        done = known.get(exercise.number, progress.Done(exercise.number))
        rows.append(
            {
                "exercise": exercise.number,
                "title": exercise.title,
                "minutes": exercise.minutes,
                "state": done.state,
                "best": f"{done.best:.0%}" if done.attempts else "",
                "attempts": done.attempts or "",
                "hints": done.hints or "",
            }
        )
    passed = sum(row["state"] == "passed" for row in rows)
    title = f"{passed} of {len(rows)} exercises passed"
    lines = [f"  {row['exercise']:<6} {row['state']:<9} {row['title']}" for row in rows]
    return Shown("\n".join([title, *lines]), heading(title) + table(rows))


def _answer_cell(file: Path, grade_id: str) -> str:
    """The text of the solution's cell in `file`; empty if there is none."""
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            marked = cell["metadata"].get("nbgrader", {})
            if marked.get("solution") and marked.get("grade_id") == f"{grade_id}-answer":
                source = cell["source"]
                return source if isinstance(source, str) else "".join(source)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LocalError(f"{file} cannot be read: {error}") from None
    return ""


def _said(title: str, text: str) -> Shown:
    html = heading(escape(title)) + f'<p style="{FAINT}">{escape(text)}</p>'
    return Shown(f"{title}\n{text}", html)
