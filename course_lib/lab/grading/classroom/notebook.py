"""A notebook that was handed in: which exercises it answers, and with which text.

    01_short_polling.ipynb ─▶ Content(sha256, {"1.1": [Submission, …]})

Exercises.  Builds on: submission, places, exercise_text, registry; IPython for cells with magics.
What is new here: a learner may have answered in another cell than the stub, and may have run the
cells in another order.  `readings` returns a text for each order that gives a different one; all
are graded, and the best counts.
Left out: a comparison with the notebook that was handed out.  A notebook without our metadata is
recognised by its file name, or else by the functions that it defines.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....errors import LocalError
from .. import exercise_text, places, registry, submission
from ..exercise import Exercise
from ..submission import Submission

_WORD = re.compile(r"\w{1,80}")
LESSON = re.compile(r"(p\d|\d\d)_")
_GRADE_ID = re.compile(r"exercise-(p?\d{1,2})-(\d{1,2})(-answer$)?")


@dataclass(slots=True)
class Content:
    """`answers` has the exercises that the notebook is about, answered or not."""

    sha256: str
    answers: dict[str, list[Submission]] = field(default_factory=dict)


@dataclass(slots=True)
class _Cell:
    name: str
    text: str
    ran: int | None  # its number in In[…]
    answers: str = ""  # the exercise whose stub it was
    id: str = ""


def read(path: Path, exercises: Sequence[Exercise], largest: int, name: str = "") -> Content:
    """Read a notebook.  LocalError says why it cannot be read.

    `name` is the one that the learner gave it, if an LMS or an archive gave it another.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise LocalError(f"cannot be read: {error.strerror}") from None
    if len(data) > largest:
        raise LocalError(f"has more than {largest:,} bytes")
    content = Content(hashlib.sha256(data).hexdigest())
    cells = _cells(data)
    code = _code(cells)
    lessons = _lessons(name or path.name, cells)
    for exercise in exercises:
        found = readings([c for c in code if not _elsewhere(c, exercise)], exercise)
        defines = any(len(one.missing) < len(exercise.names) for one in found)
        if exercise.lesson in lessons or (not lessons and defines):
            content.answers[exercise.number] = found
    return content


def _cells(data: bytes) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise LocalError("is no notebook: lists within lists without end") from None
    except ValueError as error:
        raise LocalError(f"is no notebook: {str(error)[:120]}") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise LocalError("is no notebook: it has no list of cells")
    if not cells:
        raise LocalError("has no cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def _code(cells: Sequence[Mapping[str, Any]]) -> list[_Cell]:
    found = []
    for number, cell in enumerate(cells, 1):
        source = cell.get("source")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if cell.get("cell_type") == "code" and isinstance(source, str) and source.strip():
            ran = cell.get("execution_count")
            text = _python(source)
            marks = _marks(cell)
            answers = f"{marks[1]}.{marks[2]}" if marks and marks[3] else ""
            name, cell_id = f"cell {number}", cell.get("id")
            found.append(_Cell(name, text, ran if type(ran) is int else None, answers,
                               cell_id if isinstance(cell_id, str) else ""))  # fmt: skip
    return found


def _marks(cell: Mapping[str, Any]) -> re.Match[str] | None:
    """The exercise that the cell's nbgrader `grade_id` names, if it has one."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = marks.get("grade_id") if isinstance(marks, dict) else None
    return _GRADE_ID.match(grade_id) if isinstance(grade_id, str) else None


def _elsewhere(cell: _Cell, exercise: Exercise) -> bool:
    """Does the cell answer another exercise that asks for the same name (a second Mailbox)?"""
    other = registry.load().get(cell.answers)
    if other is None or other.number == exercise.number:
        return False
    return bool({*other.names} & {*exercise.names})


def _python(source: str) -> str:
    """The text as the kernel transforms it: `%matplotlib inline` becomes a call."""
    try:
        compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError:
        if not any(line.lstrip()[:1] in ("%", "!", "?") for line in source.split("\n")):
            return source
        try:
            from IPython.core import inputtransformer2
        except ModuleNotFoundError:  # it comes with ipykernel; grading works without
            return source
        try:
            manager = inputtransformer2.TransformerManager()  # type: ignore[no-untyped-call]
            transformed: str = manager.transform_cell(source)
        except SyntaxError:
            return source
        return transformed
    except (ValueError, RecursionError, MemoryError):
        return "( " + " ".join(_WORD.findall(source)[:1000])  # a syntax error for `submission`
    return source


def _lessons(name: str, cells: Sequence[Mapping[str, Any]]) -> set[str]:
    """The lessons that the notebook belongs to, as its cells or its name say."""
    found = {marks[1].zfill(2) for cell in cells if (marks := _marks(cell))}
    if not found and (match := LESSON.match(name)):
        found.add(match[1])
    return found


def readings(cells: Sequence[_Cell], exercise: Exercise) -> list[Submission]:
    """The different texts that the cells may mean; first that of the order from top to bottom."""
    names, orders = exercise.names, [list(cells)]
    orders.append([cell for cell in cells if not _stub(cell.text)])
    if any(cell.ran is not None for cell in cells):
        orders.append(sorted(cells, key=lambda cell: cell.ran or 0))
    found: list[Submission] = []
    for order in orders:
        try:
            one = _collected(order, exercise)
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            one = Submission([], list(names), list(names), [cell.name for cell in order])
        about = {c.name for c in order if any(name in c.text for name in one.missing)}
        one.broken = [name for name in one.broken if name in about]
        if not found or (not one.missing and one.parts not in [other.parts for other in found]):
            found.append(one)
    return found


def _collected(order: Sequence[_Cell], exercise: Exercise) -> Submission:
    """Collect as `check` does, but also use the nbgrader metadata of a cell."""
    where = [
        places.Place(cell.answers)
        if cell.answers
        else places.find(exercise.lesson, cell.text, cell.id)
        for cell in order
    ]
    return submission.collect(
        [(cell.name, cell.text) for cell in order],
        exercise.names,
        lambda cell, name: places.rank(where[cell], name, exercise),
        exercise.given_names,
    )


def _stub(text: str) -> bool:
    return all(line in text for line in exercise_text.STUB)
