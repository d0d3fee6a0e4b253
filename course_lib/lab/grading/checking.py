"""What a learner types below an exercise: check, hint, solution, give_up, progress.

The cells "Your code on the wire" call `answered` first: it stops a cell with one sentence, before a
stub makes the library fail with a long traceback.

    check(1.1)        Graded: request_bytes from In[7] (9 lines, 3f2a91c0)
                      ✘ 1.1 Write a request: not yet, 2 of 4 cases right …
    check("p1.1")     a primer's number needs quotes
    hint(1.1)         1.1: hint 1 of 3 …        hint(1.1, 1) shows it again

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
from .exercise import Exercise
from .verdict import Verdict


def check(number: str | float) -> Verdict:
    """Grade what the cells of this notebook define, as the kernel last ran them."""
    exercise = registry.find(number)
    number = exercise.number
    ran = history.cells()
    where = [places.find(exercise.lesson, text, history.ids.get(name, "")) for name, text in ran]
    found = submission.collect(
        ran,
        exercise.names,
        lambda cell, name: places.rank(where[cell], name, exercise),
        exercise.given_names,
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
        verdict.next = _open_now(exercise) if verdict.passed else _help(exercise)
    return verdict


def _open_now(exercise: Exercise) -> str:
    """What a learner may do after a pass."""
    wire = "Run the cell below: it puts your code on the wire."
    try:
        ours = _solution(exercise)
    except LocalError:  # the file is broken; `solution` says so
        ours = ""
    return f'checks.solution("{exercise.number}") shows our answer now. {wire}' if ours else wire


def _help(exercise: Exercise) -> str:
    """What a learner may do after a failure."""
    if progress.of(exercise.number).hints < len(exercise.hints):
        return f'checks.hint("{exercise.number}") gives a hint.'
    return f'checks.hint("{exercise.number}") shows your {len(exercise.hints)} hints again.'


class NotAnswered(LocalError):
    """The exercise is not answered yet, so the cell that raises this has nothing to show."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return [str(self)]


def answered(number: str | float) -> None:
    """Raise NotAnswered if the exercise's cell was not run or still holds the stub.

    Outside of a notebook it returns at once: there is no history of cells.
    """
    exercise = registry.find(number)
    number = exercise.number
    try:
        found = submission.collect(history.cells(), exercise.names)
    except LocalError:
        return
    lines = [line.strip() for _, text in found.parts for line in text.split("\n")]
    if found.missing or exercise_text.STUB[1] in lines:
        raise NotAnswered(
            f"{number} is not answered yet. Write your answer, run its cell, and then this one."
        )


def hint(number: str | float, step: int | None = None) -> Shown:
    """Show the next of three hints, and all three when all are open.  `step` shows one again."""
    exercise = registry.find(number)
    number, hints = exercise.number, exercise.hints
    opened = min(progress.of(number).hints, len(hints))
    if step is not None:
        return _opened(exercise, opened, step)
    if opened == len(hints):
        items = "".join(f"<li>{escape(text)}</li>" for text in hints)
        numbered = [f"  {place}  {text}" for place, text in enumerate(hints, 1)]
        title = f"{number}: all {len(hints)} hints"
        html = f'<ol style="{FAINT};margin:0;padding-left:2em">{items}</ol>'
        return Shown("\n".join([title, *numbered]), heading(escape(title)) + html)
    problem = progress.record(number, "hint")
    title = f"{number}: hint {opened + 1} of {len(hints)}"
    return _said(title, "\n".join(filter(None, (hints[opened], problem))))


def _opened(exercise: Exercise, opened: int, step: int) -> Shown:
    """A hint that was open before; of another one, which comes next."""
    number, last = exercise.number, len(exercise.hints)
    if type(step) is not int or not 1 <= step <= last:
        raise LocalError(
            f'there are hints 1 to {last}, not {step!r}. Write checks.hint("{number}")'
        )
    if step <= opened:
        return _said(f"{number}: hint {step} of {last}", exercise.hints[step - 1])
    return _said(
        f"{number}: hint {step} is not open yet",
        f'checks.hint("{number}") opens the next one, which is hint {opened + 1}.',
    )


def give_up(number: str | float) -> Shown:
    """Record that you want to see the solution.  A later pass still counts."""
    number = registry.find(number).number
    if not progress.of(number).gave_up:
        progress.record(number, "give_up")
    return _said(f"{number}: noted", f'checks.solution("{number}") shows the solution now.')


def solution(number: str | float) -> Shown:
    """Show the course's solution, if the learner has passed or has called `give_up`."""
    exercise = registry.find(number)
    number = exercise.number
    done = progress.of(number)
    if not (done.passed or done.gave_up):
        return _said(
            f"{number}: not yet",
            f'Pass check("{number}") first. checks.hint("{number}") helps. After '
            f'checks.give_up("{number}"), which is recorded, the solution is shown.',
        )
    text = _solution(exercise)
    if not text:
        return _said(
            f"{number}: no solution here", "This folder comes without solutions; ask for it."
        )
    code = exercise_text.revealed(text)
    html = pre(escape(code), f"solution of {number}")
    return Shown(code, heading(f"{escape(number)}: solution") + html)


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
                "kind": exercise.kind,
                "minutes": exercise.minutes,
                "state": done.state,
                "best": f"{done.best:.0%}" if done.attempts else "",
                "attempts": done.attempts or "",
                "hints": done.hints or "",
            }
        )
    passed = [row for row in rows if row["state"] == "passed"]
    core = sum(row["kind"] == "core" for row in rows)
    core_passed = sum(row["kind"] == "core" for row in passed)
    title = f"{len(passed)} of {len(rows)} exercises passed, {core_passed} of {core} core ones"
    lines = [
        f"  {row['exercise']:<6} {row['state']:<9} {row['title']}"
        + " (core)" * (row["kind"] == "core")
        for row in rows
    ]
    return Shown("\n".join([title, *lines]), heading(title) + table(rows))


def _solution(exercise: Exercise) -> str:
    """The course's solution, with its markers; empty in a folder that comes without solutions."""
    folder = lesson_list.folder().parent / "solutions"
    files = sorted(folder.glob(f"{exercise.lesson}_*.ipynb"))
    return next(filter(None, (_answer_cell(file, exercise.grade_id) for file in files)), "")


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
    html = heading(escape(title)) + f'<p style="{FAINT};white-space:pre-line">{escape(text)}</p>'
    return Shown(f"{title}\n{text}", html)
