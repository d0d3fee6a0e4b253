"""A lesson in another language: its Markdown cells are replaced, its code and outputs are shared.

    notebooks/_source/ko/01.md          <!-- cell title english 1f0c9a2b -->
                                        # 01 · 숏 폴링 …
    notebooks/ko/01_short_polling.ipynb what a reader of Korean opens

The eight digits are a hash of the English that was translated.  When the English changes they no
longer match; then the reader gets the English, with a mark, and the build says which cell is due.

Lesson: none (the course's own files).  Builds on: lesson_list, lesson_source.
What is new here: a translation can be out of date, but never of another text without a warning.
Left out: comments in code, and what cells print.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from . import lesson_list, lesson_source
from .lesson_rows import LessonError

MARKS = {
    "ko": (
        "> *아직 번역되지 않은 부분입니다.*",  # not translated yet
        "> *영어 원문이 바뀌어 번역을 기다리는 부분입니다.*",  # the English has changed
    )
}

_CELL = re.compile(r"^<!-- cell (\S+) english ([0-9a-f]{8}) -->$", re.MULTILINE)


def digest(english: str) -> str:
    """The eight digits that tie a translation to its English."""
    return hashlib.sha256(english.encode()).hexdigest()[:8]


def all_of(
    lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode
) -> Iterator[tuple[str, Path, nbformat.NotebookNode, list[str]]]:
    """For each language with a file for this lesson: language, target, notebook, what is due."""
    for language in MARKS:
        path = lesson.folder / "_source" / language / f"{lesson.number}.md"
        if path.exists():
            translated, due = merge(notebook, read(path), language)
            shown = lesson_source.shown(path)
            target = lesson.folder / language / lesson.notebook.name
            yield language, target, translated, [f"{shown}: {problem}" for problem in due]


def read(path: Path) -> dict[str, tuple[str, str]]:
    """Cell id → (hash of the English, translation)."""
    before, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    if before.strip():
        raise LessonError(f"{lesson_source.shown(path)}:1: text above the first <!-- cell … -->")
    found: dict[str, tuple[str, str]] = {}
    for name, english, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in found:
            raise LessonError(f"{lesson_source.shown(path)}: cell {name} is there twice")
        found[name] = english, text.strip()
    return found


def merge(
    notebook: nbformat.NotebookNode, translations: dict[str, tuple[str, str]], language: str
) -> tuple[nbformat.NotebookNode, list[str]]:
    """A copy with translated Markdown, and what is missing, stale or left over."""
    missing, stale = MARKS[language]
    result, due, left = copy.deepcopy(notebook), [], dict(translations)
    for cell in result.cells:
        if cell.cell_type != "markdown":
            continue
        english, text = left.pop(cell.id, ("", ""))
        wanted = digest(cell.source)
        if english == wanted and text:
            cell.source = text
        else:
            what = "stale" if english else "missing"
            due.append(f"{what}; translate it under  <!-- cell {cell.id} english {wanted} -->")
            cell.source = f"{stale if english else missing}\n\n{cell.source}"
    due += [f"cell {name} is not a Markdown cell of the lesson" for name in left]
    return result, due
