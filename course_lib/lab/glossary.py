"""The terms of the course, in English and Korean: one file, and each lesson shows its own.

    notebooks/glossary.toml      [[term]] term, korean, meaning (one sentence), lesson (the first)
    glossary.glossary("01")      the table at the end of lesson 01

Lesson: all.  Builds on: lesson_list (which lesson exists), lesson_rows.
What is new here: nothing of the subject; a term is explained once, where it is first needed.
Left out: a search, and plural forms.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from .authoring import lesson_list, lesson_rows

_SENTENCE = re.compile(r"[^.]+(?:\.\S[^.]*)*\.")  # "HTTP/1.1 …" has a full stop inside
_CODE = re.compile("`([^`]+)`")


@dataclass(slots=True)
class Term:
    """One row of `glossary.toml`."""

    term: str
    korean: str
    meaning: str
    lesson: str


@dataclass(slots=True)
class Glossary:
    """The terms that one lesson introduces: a table in a notebook, lines of text elsewhere."""

    title: str
    terms: list[Term]

    def __repr__(self) -> str:
        rows = (f"{term.term} · {term.korean}: {term.meaning}" for term in self.terms)
        return "\n".join([self.title, *rows])

    def _repr_html_(self) -> str:
        left = 'style="text-align:left"'
        rows = "".join(
            f'<tr><th scope="row" {left}>{html.escape(term.term)}</th>'
            f'<td lang="ko" {left}>{html.escape(term.korean)}</td>'
            f"<td {left}>{_marked(term.meaning)}</td></tr>"
            for term in self.terms
        )
        names = ("Term", "한국어", "Meaning")
        head = "".join(f'<th scope="col" {left}>{name}</th>' for name in names)
        return (
            f"<table><caption {left}>{html.escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _marked(meaning: str) -> str:
    return _CODE.sub(r"<code>\1</code>", html.escape(meaning))


def terms(where: Path | None = None) -> list[Term]:
    """All terms, in the order of `glossary.toml`.  LessonError names the row that is wrong."""
    where = where or lesson_list.folder()
    numbers = [lesson.number for lesson in lesson_list.load(where)]
    found: list[Term] = []
    for row in lesson_rows.rows(where / "glossary.toml", "term", "term"):
        term = Term(row.text("term"), row.text("korean"), row.text("meaning"), row.text("lesson"))
        if term.lesson not in numbers:
            raise lesson_rows.LessonError(f"{row.where}: there is no lesson {term.lesson}")
        if not _SENTENCE.fullmatch(term.meaning):
            raise lesson_rows.LessonError(f"{row.where}: its meaning is not one sentence")
        found.append(term)
    lesson_rows.once("glossary.toml", "term", (term.term for term in found))
    return found


def glossary(lesson: str, where: Path | None = None) -> Glossary:
    """The terms that a lesson introduced, for its last cell (`glossary("01")`)."""
    found = lesson_list.find(lesson, where)
    own = [term for term in terms(where) if term.lesson == found.number]
    return Glossary(f"Words of lesson {found.number}, {found.title}", own)
