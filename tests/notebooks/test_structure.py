"""A stored lesson comes from its source, has the shape of a lesson, and is about real modules."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

import course_lib
from course_lib.lab import apps, lessons
from course_lib.lab.authoring import lesson_build, lesson_rules, lesson_source
from course_lib.lab.glossary import terms as all_terms


def test_the_notebook_agrees_with_its_source(lesson: lessons.Lesson) -> None:
    """Nobody edits a built notebook; the message says how to build it."""
    assert lesson_build.check(lesson) == []


def test_the_notebook_keeps_the_rules_of_a_lesson(lesson: lessons.Lesson) -> None:
    """Sections, lengths, objectives, summary, glossary, alternative texts, no measured number."""
    source = lesson_source.read(lesson.source)
    stored = nbformat.read(lesson.notebook, as_version=4)
    terms = [term.term for term in all_terms() if term.lesson == lesson.number]
    found = lesson_rules.problems(lesson, stored, terms)
    assert [f"{source.where(index)}: {problem}" for index, problem in found] == []


def test_the_modules_of_a_lesson_exist(lesson: lessons.Lesson) -> None:
    """lessons.toml names them, and the order of the library's imports follows from it."""
    [root] = course_lib.__path__
    missing = [
        name
        for name in lesson.modules
        if not (lesson.folder.parent / root / (name.replace(".", "/") + ".py")).is_file()
    ]
    assert missing == []


def test_a_stored_inspector_has_its_figure(lesson: lessons.Lesson) -> None:
    """Whoever reads the notebook without a kernel has no widget, and sees the diagram."""
    stored = nbformat.read(lesson.notebook, as_version=4)
    shown = [cell for cell in stored.cells if re.search(r"\binspector\.(show|live)\(", cell.source)]
    assert [cell.id for cell in shown if "data:image/png" not in str(cell.get("outputs"))] == []


@pytest.mark.parametrize(
    "path",
    [*(lessons.folder() / "_source").glob("*.py"), *Path(apps.__file__).parent.glob("*.html")],
    ids=lambda path: path.name,
)
def test_a_page_follows_the_dark_theme(path: Path) -> None:
    """`show.page` tells the page what the theme is; a page that does not ask is white."""
    text = path.read_text("utf-8")
    page = path.suffix == ".html" or "text/html" in text
    assert not page or re.search(r"color-scheme(: | content=\")light dark", text)
