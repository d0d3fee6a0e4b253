"""From a lesson's source to the notebook that stands in the repository.

    _source/01_x.py ──read──▶ cells ──execute──▶ outputs ──keep──▶ 01_x.ipynb
                                                   ▲
    01_x.ipynb as it was ── what need not change ──┘

Lesson: none (the course's own files).  Builds on: lesson_list, lesson_source, lesson_digest,
lesson_run, lesson_rules, translations, glossary.
What is new here: a rebuild changes a stored output only when it says something else.  What was
measured on a real network stays until the code at or above it, or a word beside the numbers,
changes; and a port number, which differs in each run, is no change.
Left out: building in parallel (cells that measure would disturb each other).
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from ..glossary import terms as all_terms
from . import lesson_digest, lesson_list, lesson_rules, lesson_run, lesson_source, translations
from .lesson_rows import LessonError

LONGEST_RUN = 20.0  # seconds: a lesson that runs longer is not run often enough
# A word of the language: no number, no key of letters and digits, no part of a path.
_WORD = re.compile(r"(?<![\w+/=.-])[^\W\d_]{3,}(?![\w+/=-])")
_PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
REPAIR = "python -m course_lib.lab.lessons"

# What differs between two runs that say the same.  nbval's sanitizer is made from this, too.
VARYING = {"port": (r"(127\.0\.0\.1|localhost):\d{2,5}", r"\1:PORT")}


def build(
    lesson: lesson_list.Lesson, *, execute: bool = True, fresh: bool = False
) -> lesson_source.Source:
    """Write the lesson's notebook (and its translations).  LessonError says file, line and why."""
    source = lesson_source.read(lesson.source)
    notebook = _marked(lesson, source)
    stored = _stored(lesson.notebook)
    if not execute and stored is not None and "course" in stored.metadata:
        notebook.metadata.course = stored.metadata.course  # nothing was made now
    if execute:
        try:
            seconds = lesson_run.execute(notebook, lesson.folder, stored=True, ended=_progress)
        except lesson_run.CellFailed as error:
            name = notebook.cells[error.index].id
            raise LessonError(f"{source.where(error.index)}: cell {name!r}\n{error}") from None
        _report(lesson, seconds)
    if stored is not None:
        keep(notebook, stored, everything=not execute, ignored=not fresh)
    _write(notebook, lesson.notebook)
    if lesson.figure:
        lesson.picture.parent.mkdir(exist_ok=True)
        lesson.picture.write_bytes(picture(lesson, notebook))
    for language, target, translated, problems in translations.all_of(lesson, notebook):
        for problem in problems:
            print(f"  {language}: {problem}")
        _write(translated, target)
    return source


def picture(lesson: lesson_list.Lesson, notebook: nbformat.NotebookNode) -> bytes:
    """The PNG that the cell `lesson.figure` shows."""
    for cell in _code(notebook):
        if cell.id == lesson.figure:
            shown = _PICTURE.search(json.dumps(cell.outputs))
            if shown:
                return base64.b64decode(shown[1])
    raise LessonError(f"{lesson.slug}: cell {lesson.figure!r} shows no picture")


def keep(
    notebook: nbformat.NotebookNode,
    stored: nbformat.NotebookNode,
    *,
    everything: bool = False,
    ignored: bool = True,
) -> None:
    """Put stored outputs back into cells whose code, and all code above them, is unchanged.

    That is done where the new output says the same; where it has the same words, in a cell whose
    output no test compares (unless `ignored` is off); or in every cell (`everything`: nothing has
    been run).
    """
    before = {cell.id: cell for cell in _code(stored)}
    order = [cell.id for cell in _code(stored)]
    for place, cell in enumerate(_code(notebook)):
        old = before.get(cell.id)
        same_code = old is not None and (old.source, old.metadata) == (cell.source, cell.metadata)
        if old is None or not same_code or order[place] != cell.id:
            return
        tagged = ignored and lesson_source.IGNORE in cell.metadata.get("tags", [])
        stays = everything or _said(old) == _said(cell) or (tagged and _words(old) == _words(cell))
        if stays:
            cell.outputs = old.outputs
        if everything:
            cell.execution_count = old.execution_count


def check(lesson: lesson_list.Lesson) -> list[str]:
    """What is stale: each stored notebook that its source would not give.  Outputs do not count."""
    source = lesson_source.read(lesson.source)
    notebook = _marked(lesson, source)
    targets = [(lesson.notebook, notebook)]
    targets += [(path, nb) for _, path, nb, _ in translations.all_of(lesson, notebook)]
    repair = f"repair it with  {REPAIR} {lesson.number}"
    stale = []
    for path, wanted in targets:
        found = _stored(path)
        if found is None:
            stale.append(f"{lesson_source.shown(path)} is missing or unreadable; {repair}")
        elif difference := _difference(wanted, found):
            stale.append(f"{lesson_source.shown(path)} is stale: {difference}; {repair}")
        elif path == lesson.notebook and not _same_picture(lesson, found):
            stale.append(f"{lesson_source.shown(lesson.picture)} is stale; {repair}")
    return stale


def build_all(chosen: Sequence[lesson_list.Lesson], *, execute: bool, fresh: bool) -> int:
    """Build these lessons; print the rules that each breaks, which is no failure."""
    for lesson in chosen:
        print(f"{lesson.slug}")
        source = build(lesson, execute=execute, fresh=fresh)
        terms = [term.term for term in all_terms(lesson.folder) if term.lesson == lesson.number]
        for index, problem in lesson_rules.problems(lesson, source.notebook, terms):
            print(f"  {source.where(index)}: {problem}")
    return 0


def check_all(chosen: Sequence[lesson_list.Lesson]) -> int:
    """1 when a notebook is stale, or a file has no row in lessons.toml; stderr says which."""
    stale = [problem for lesson in chosen for problem in check(lesson)]
    if chosen:
        known = {lesson.slug for lesson in lesson_list.load(chosen[0].folder)}
        folder = chosen[0].folder
        strays = [*folder.glob("*.ipynb"), *folder.glob("_source/*.py")]
        stale += [
            f"{lesson_source.shown(path)} has no row in lessons.toml"
            for path in sorted(strays)
            if path.stem not in known
        ]
    for problem in stale:
        print(problem, file=sys.stderr)
    return 1 if stale else 0


def _marked(lesson: lesson_list.Lesson, source: lesson_source.Source) -> nbformat.NotebookNode:
    """The source's notebook, which says what it is made of."""
    source.notebook.metadata["course"] = {"made_of": lesson_digest.made_of(lesson, source.notebook)}
    return source.notebook


def _same_picture(lesson: lesson_list.Lesson, found: nbformat.NotebookNode) -> bool:
    if not lesson.figure:
        return True
    kept = lesson.picture
    return kept.is_file() and kept.read_bytes() == picture(lesson, found)


def _difference(wanted: nbformat.NotebookNode, found: nbformat.NotebookNode) -> str:
    """Which cell, or what else, differs; empty when the sources agree."""
    for new, old in zip(wanted.cells, found.cells, strict=False):
        if _identity(new) != _identity(old):
            return f"cell {new.id!r} differs"
    if len(wanted.cells) != len(found.cells):
        return f"{len(found.cells)} cells, and the source has {len(wanted.cells)}"
    if wanted.metadata == found.metadata:
        return ""
    if wanted.metadata == {**found.metadata, "course": wanted.metadata.course}:
        return "its row in lessons.toml or a module that it shows has changed since it was built"
    return "its metadata differs"


def _identity(cell: Any) -> tuple[Any, ...]:
    return cell.id, cell.cell_type, cell.source, cell.metadata


def _said(cell: Any) -> str:
    """A cell's outputs as text, without what differs from run to run."""
    text = json.dumps([{**out, "execution_count": None} for out in cell.outputs], sort_keys=True)
    for pattern, replacement in VARYING.values():
        text = re.sub(pattern, replacement, text)
    return text


def _words(cell: Any) -> set[str]:
    """The words of a cell's outputs: what is left where each run measures other numbers."""
    return {*_WORD.findall(_PICTURE.sub("", json.dumps(cell.outputs, ensure_ascii=False)))}


def _code(notebook: nbformat.NotebookNode) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _stored(path: Path) -> nbformat.NotebookNode | None:
    try:
        found: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        return found
    except (OSError, ValueError, nbformat.ValidationError):  # absent, or broken by a bad merge
        return None


def _write(notebook: nbformat.NotebookNode, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _progress(name: str, seconds: float) -> None:
    print(f"  {seconds:6.2f} s  {name}", flush=True)


def _report(lesson: lesson_list.Lesson, seconds: dict[str, float]) -> None:
    total = sum(seconds.values())
    print(f"  {total:6.2f} s  in all")
    if total > LONGEST_RUN:
        slowest = sorted(seconds, key=lambda name: -seconds[name])[:3]
        print(f"  warning: {lesson.slug} runs longer than {LONGEST_RUN:.0f} s, most of it in "
              f"{', '.join(slowest)}")  # fmt: skip
