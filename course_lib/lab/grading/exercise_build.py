"""From solutions/_source/NN_slug.py to exercises/NN_slug.ipynb and solutions/NN_slug.ipynb.

    solutions/NN_slug.ipynb    all of it, markers too: the instructor's version for nbgrader
    exercises/NN_slug.ipynb    stubs for solutions, no hidden tests: what a learner gets

Exercises.  Builds on: exercise_source, exercise_text, registry, lesson_list, lesson_source.
What is new here: both notebooks carry nbgrader's metadata (schema 3), so nbgrader accepts them as
an assignment; the learner's notebook equals what nbgrader's `generate_assignment` would make.
Left out: outputs; an exercise has none until a learner runs it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..authoring import lesson_list, lesson_source
from . import exercise_source, exercise_text, registry

REPAIR = "python -m course_lib.lab.lessons"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
SCHEMA = 3


def source_of(lesson: lesson_list.Lesson) -> Path:
    """The path of the source of the lesson's exercises; the file may not exist."""
    return lesson.folder.parent / "solutions" / "_source" / f"{lesson.slug}.py"


def targets(lesson: lesson_list.Lesson) -> dict[Path, str]:
    """The notebooks built from the source, as text; empty if the lesson has no exercises."""
    path = source_of(lesson)
    if not path.exists():
        return {}
    source = exercise_source.read(path, lesson)
    top = lesson.folder.parent
    return {
        top / "exercises" / f"{lesson.slug}.ipynb": _notebook(source, solved=False),
        top / "solutions" / f"{lesson.slug}.ipynb": _notebook(source, solved=True),
    }


def build_all(chosen: Sequence[lesson_list.Lesson]) -> None:
    """Write the exercises and solutions of these lessons.  LessonError lists the mistakes."""
    for lesson in chosen:
        for path, text in targets(lesson).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{lesson_source.shown(path)}")


def problems(chosen: Sequence[lesson_list.Lesson]) -> list[str]:
    """What is stale or missing, each with the command that repairs it.

    Empty in a folder that was handed out without solutions: there is no source to compare with.
    """
    if chosen and not source_of(chosen[0]).parent.is_dir():
        return []
    found = []
    for lesson in chosen:
        if lesson.exercises and not source_of(lesson).exists():
            found.append(f"{lesson_source.shown(source_of(lesson))} is missing")
        for path, text in targets(lesson).items():
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                state = "stale" if path.exists() else "missing"
                shown = lesson_source.shown(path)
                found.append(f"{shown} is {state}; repair it with  {REPAIR} {lesson.number}")
    return found + _strays(chosen[0].folder if chosen else None)


def _strays(notebooks: Path | None) -> list[str]:
    """Notebooks and sources of exercises that no lesson has (any more)."""
    if notebooks is None:
        return []
    known = {lesson.slug for lesson in lesson_list.load(notebooks) if lesson.exercises}
    top = notebooks.parent
    files = [*top.glob("exercises/*.ipynb"), *top.glob("solutions/*.ipynb")]
    files += top.glob("solutions/_source/*.py")
    return [
        f"{lesson_source.shown(path)} belongs to no lesson with exercises"
        for path in sorted(files)
        if path.stem not in known
    ]


def _notebook(source: lesson_source.Source, *, solved: bool) -> str:
    cells = []
    for cell in source.notebook.cells:
        text = cell.source if solved else exercise_text.handed_out(cell.source)
        built: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": cell.id,
            "metadata": _metadata(cell),
            "source": text.splitlines(keepends=True),
        }
        if cell.cell_type == "code":
            built |= {"execution_count": None, "outputs": []}
        cells.append(dict(sorted(built.items())))
    document: dict[str, Any] = {"cells": cells, "metadata": copy.deepcopy(METADATA)}
    document |= {"nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _metadata(cell: Any) -> dict[str, Any]:
    """nbgrader's metadata of a cell: a stub is a solution, a check a locked test with points."""
    if "exercise" not in cell.metadata:
        return {}
    exercise, role = registry.find(cell.metadata["exercise"]), cell.metadata["role"]
    suffix = {"check": "", "stub": "-answer"}.get(role, f"-{cell.id}")
    marks: dict[str, Any] = {
        "grade": role == "check",
        "grade_id": exercise.grade_id + suffix,
        "locked": role != "stub",
        "schema_version": SCHEMA,
        "solution": role == "stub",
        "task": False,
    }
    if role == "check":
        marks["points"] = exercise.points
    course = {"exercise": exercise.number, "role": role}
    return {"course": course, "nbgrader": dict(sorted(marks.items()))}
