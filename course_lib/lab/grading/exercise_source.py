"""The one source of an exercise notebook and of its solutions: solutions/_source/NN_slug.py.

    # %% [markdown] id="request" exercise="1.1" role="prompt"     what is asked
    # %% id="request-stub" exercise="1.1" role="stub"             the answer, with SOLUTION markers
    # %% id="request-check" exercise="1.1" role="check"           check("1.1")
    # %% id="request-wire" exercise="1.1" role="wire"             the answer in the real library

Exercises.  Builds on: lesson_source (line numbers of cells), lesson_list, exercise_text, registry,
jupytext.
What is new here: a cell's header names its exercise, and the prompt must repeat what the judge's
module says of the exercise (title, core or not, minutes, the section that prepares it).
Left out: tags, because no test compares an exercise's outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext  # type: ignore[import-untyped]

from ..authoring import lesson_list, lesson_source
from ..authoring.lesson_rows import LessonError
from . import exercise_text, registry
from .exercise import Exercise

ROLES = {"prompt": "markdown", "stub": "code", "check": "code", "wire": "code"}

_HEADER = re.compile(r"#\s*%%")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def read(path: Path, lesson: lesson_list.Lesson) -> lesson_source.Source:
    """Parse one source.  Each cell's metadata has `exercise` and `role`, or is empty.

    Raises LessonError, which lists all mistakes in the source.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{path}: {error}") from error
    notebook = jupytext.reads(text, fmt="py:percent")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if _HEADER.match(line)]
    source = lesson_source.Source(path, notebook, lines)
    if len(lines) != len(notebook.cells):
        raise LessonError(f"{lesson_source.shown(path)}:1: is there text above the first # %%?")
    problems = [
        f"{source.where(index)}: {problem}"
        for index in range(len(lines))
        if (problem := _cell(source, index))
    ]
    if not problems:
        problems = [
            f"{lesson_source.shown(path)}:1: {problem}" for problem in _exercises(source, lesson)
        ]
    if problems:
        raise LessonError("\n".join(problems))
    return source


def _cell(source: lesson_source.Source, index: int) -> str:
    """Move the header's attributes into the cell's id and metadata; return what is wrong."""
    cell = source.notebook.cells[index]
    attributes = dict(cell.metadata)
    attributes.pop("lines_to_next_cell", None)  # jupytext adds it
    name = attributes.pop("id", None)
    before = [earlier.id for earlier in source.notebook.cells[:index]]
    if not isinstance(name, str) or not _ID.fullmatch(name) or name in before:
        return f'the cell needs an id of its own:  # %% id="…", and has {name!r}'
    cell.id = name
    if attributes.keys() not in ({"exercise", "role"}, set()):
        return f"cell {name!r}: attributes are exercise and role, not {', '.join(attributes)}"
    cell.metadata.clear()
    cell.metadata.update({key: str(value) for key, value in attributes.items()})
    if not cell.source.strip():
        return f"cell {name!r} is empty"
    if attributes:
        return _role(cell)
    return "solution markers belong in a stub" if exercise_text.has_solution(cell.source) else ""


def _role(cell: Any) -> str:
    number, role = cell.metadata["exercise"], cell.metadata["role"]
    if number not in registry.load():
        return f"no judge knows exercise {number!r}"
    if cell.id == "answer":
        return "nbgrader knows the stub by the name 'answer'; call this cell otherwise"
    if ROLES.get(role) != cell.cell_type:
        return f"role {role!r}: known are " + ", ".join(f"{r} ({k})" for r, k in ROLES.items())
    try:
        exercise_text.handed_out(cell.source)
    except LessonError as error:
        return str(error)
    if (role == "stub") is not exercise_text.has_solution(cell.source):
        return "a stub has SOLUTION markers, and no other cell has"
    if role == "check" and not cell.source.startswith(f'check("{number}")'):
        return f'a check begins with  check("{number}")'
    return ""


def _exercises(source: lesson_source.Source, lesson: lesson_list.Lesson) -> Iterator[str]:
    """Yield a problem for each exercise that is missing, incomplete, or of another lesson."""
    seen = [(c.metadata["exercise"], c.metadata["role"]) for c in _marked(source)]
    numbers = list(dict.fromkeys(number for number, _ in seen))
    if numbers != lesson.exercises:
        yield f"exercises {', '.join(numbers)}; lessons.toml has {', '.join(lesson.exercises)}"
    for number in numbers:
        for role in ("prompt", "stub", "check"):
            if seen.count((number, role)) != 1:
                yield f"{number} needs one cell with role {role}"
    sections = {section.id: section.title for section in lesson.sections}
    for cell in _marked(source):
        exercise = registry.find(cell.metadata["exercise"])
        if exercise.section not in sections:
            yield f"{exercise.number}: lesson {lesson.number} has no section {exercise.section!r}"
        elif cell.metadata["role"] == "prompt":
            yield from _prompt(cell.source, exercise, lesson, sections[exercise.section])


def _prompt(text: str, exercise: Exercise, lesson: lesson_list.Lesson, title: str) -> Iterator[str]:
    wanted = f"## {exercise.number} · {exercise.title}"
    if text.split("\n", 1)[0] != wanted:
        yield f"{exercise.number}: its first line must be {wanted!r}"
    minutes = f"{exercise.kind.capitalize()}, {exercise.minutes} minutes"
    for part in (minutes, f"[{title}](../notebooks/{lesson.slug}.ipynb"):
        if part not in text:
            yield f"{exercise.number}: the prompt must contain {part!r}"


def _marked(source: lesson_source.Source) -> list[Any]:
    return [cell for cell in source.notebook.cells if "exercise" in cell.metadata]
