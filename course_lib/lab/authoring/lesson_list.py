"""`notebooks/lessons.toml`: which lessons there are, in order, with their minutes and modules.

    [[lesson]]           slug, title, modules, exercises, swappable, given, figure
    [[lesson.section]]   id, title, minutes          ──▶ list[Lesson]

Lesson: all.  Builds on: lesson_rows.
What is new here: a lesson is one sitting, and each module of the library has one lesson.
Left out: hints (they come with the exercises).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import lesson_rows
from .lesson_rows import LessonError

LONGEST_LESSON = 45  # minutes: one sitting
LONGEST_SECTION = 12

_SLUG = re.compile(r"(?:\d\d|[ap]\d)(?:_[a-z0-9]+)+")
_MODULE = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")
_SWAPPABLE = re.compile(rf"{_MODULE.pattern}\.\w+")  # of a function, or a class


@dataclass(slots=True)
class Section:
    """A part of a lesson.  `id` is the id of the Markdown cell with its `##` heading."""

    id: str
    title: str
    minutes: int


@dataclass(slots=True)
class Lesson:
    """One row of `lessons.toml`."""

    slug: str
    title: str
    sections: list[Section]
    modules: list[str]  # what the lesson is about, as names below course_lib: "wire.http.http11"
    exercises: list[str]
    given: list[str]  # amounts that prose may name, because the lesson chose them: "50 ms"
    folder: Path = field(repr=False)
    swappable: list[str] = field(default_factory=list)  # "wire.http.http11.encode_request"
    figure: str = ""  # id of the cell whose picture is kept as docs/SLUG.png, too

    @property
    def number(self) -> str:
        return self.slug[:2]

    @property
    def minutes(self) -> int:
        return sum(section.minutes for section in self.sections)

    @property
    def source(self) -> Path:
        return self.folder / "_source" / f"{self.slug}.py"

    @property
    def notebook(self) -> Path:
        return self.folder / f"{self.slug}.ipynb"

    @property
    def picture(self) -> Path:
        return self.folder.parent / "docs" / f"{self.slug}.png"


def folder() -> Path:
    """The `notebooks` folder: beside this package, else in or above the working directory."""
    here = Path.cwd()
    for parent in (Path(__file__).parents[3], here, *here.parents):
        if (parent / "notebooks" / "lessons.toml").is_file():
            return parent / "notebooks"
    raise LessonError(f"no notebooks/lessons.toml beside course_lib, nor in or above {here}")


def load(where: Path | None = None) -> list[Lesson]:
    """All lessons, in the order of `lessons.toml`.  LessonError names the row and the key."""
    where = where or folder()
    path = where / "lessons.toml"
    lessons = [_lesson(row, where) for row in lesson_rows.rows(path, "lesson", "slug", "planned")]
    planned = [_subject(row) for row in lesson_rows.rows(path, "planned", "slug", "lesson")]
    slugs = [lesson.slug for lesson in lessons] + [slug for slug, _ in planned]
    lesson_rows.once(path.name, "lesson", (slug.partition("_")[0] for slug in slugs))
    modules = [module for lesson in lessons for module in lesson.modules]
    modules += [module for _, subject in planned for module in subject]
    lesson_rows.once(path.name, "module", modules)
    return lessons


def find(name: str, where: Path | None = None) -> Lesson:
    """The lesson with this number (`01`) or slug (`01_short_polling`)."""
    lessons = load(where)
    for lesson in lessons:
        if name in (lesson.number, lesson.slug):
            return lesson
    known = ", ".join(lesson.slug for lesson in lessons)
    raise LessonError(f"no lesson is called {name!r}; there are {known}")


def _subject(row: lesson_rows.Row) -> tuple[str, list[str]]:
    """Which lesson, and the modules it is about: all that is known of one that is not written."""
    slug, modules = row.text("slug"), row.texts("modules")
    if not _SLUG.fullmatch(slug):
        raise LessonError(f"{row.where}: a slug looks like 01_short_polling")
    for module in modules:
        if not _MODULE.fullmatch(module):
            raise LessonError(f"{row.where}: {module!r} is not the name of a module")
    return slug, modules


def _lesson(row: lesson_rows.Row, where: Path) -> Lesson:
    slug, modules = _subject(row)
    title = row.text("title")
    sections = [_section(part, row.where) for part in row.take("section", list, [])]
    if not sections:
        raise LessonError(f"{row.where}: it has no [[lesson.section]]")
    lesson_rows.once(row.where, "section", (section.id for section in sections))
    exercises, given = row.texts("exercises"), row.texts("given")
    swappable = row.texts("swappable")
    for function in swappable:
        if not _SWAPPABLE.fullmatch(function):
            raise LessonError(f"{row.where}: {function!r} is not module.function")
    figure = row.take("figure", str, "")
    lesson = Lesson(slug, title, sections, modules, exercises, given, where, swappable, figure)
    if lesson.minutes > LONGEST_LESSON:
        raise LessonError(f"{row.where}: {lesson.minutes} minutes; {LONGEST_LESSON} is the most")
    return lesson


def _section(table: object, where: str) -> Section:
    row = lesson_rows.Row(table, f"{where}: section")
    section = Section(row.text("id"), row.text("title"), row.take("minutes", int))
    row.done()
    if not 1 <= section.minutes <= LONGEST_SECTION:
        raise LessonError(
            f"{where}: section {section.id}: minutes must be 1 to {LONGEST_SECTION}, "
            f"not {section.minutes}"
        )
    return section
