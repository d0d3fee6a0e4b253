"""Reads the course's TOML files: the caller takes each key, and an error names what is wrong.

    [[lesson]]            rows(path, "lesson", "slug") ──▶ Row, Row, …
    slug = "01_…"         row.text("slug")   row.take("minutes", int)   row.texts("modules")
    minutes = 8           a key that was not taken is an error at `row.done()`

Lesson: none (the course's own files).  Builds on: errors.
What is new here: an error that says which file, which row and which key.
Left out: line numbers (the standard library's parser does not keep them).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from ... import errors

_T = TypeVar("_T")


class LessonError(errors.CourseError):
    """A lesson, or a file about the lessons, is not as it must be; the text says where."""


class Row:
    """One table.  Its keys are taken one by one; what is missing, odd or left over is an error."""

    def __init__(self, table: object, where: str) -> None:
        if not isinstance(table, dict):
            raise LessonError(f"{where} is not a table")
        self.table: dict[str, Any] = dict(table)
        self.where = where

    def take(self, key: str, kind: type[_T], default: _T | None = None) -> _T:
        value = self.table.pop(key, default)
        if value is None:
            raise LessonError(f"{self.where}: {key} is missing")
        if not isinstance(value, kind) or isinstance(value, bool):
            raise LessonError(f"{self.where}: {key} must be {kind.__name__}, not {value!r}")
        return value

    def text(self, key: str) -> str:
        value = self.take(key, str).strip()
        if not value:
            raise LessonError(f"{self.where}: {key} is empty")
        return value

    def texts(self, key: str) -> list[str]:
        """A list of strings; empty when the key is absent."""
        values: list[Any] = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str):
                raise LessonError(f"{self.where}: {key} must hold strings, not {value!r}")
        return values

    def done(self) -> None:
        if self.table:
            raise LessonError(f"{self.where}: unknown key {', '.join(sorted(self.table))}")


def rows(path: Path, kind: str, name: str, *beside: str) -> Iterator[Row]:
    """The `[[kind]]` tables of a file.  Errors name a table by its value for the key `name`.

    LessonError for a file that holds other keys than `kind` and those in `beside`.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LessonError(f"{path}: {error}") from error
    tables = document.pop(kind, [])
    if document.keys() - set(beside) or not isinstance(tables, list):
        raise LessonError(f"{path.name}: it holds [[{kind}]] tables and nothing else")
    for index, table in enumerate(tables, 1):
        called = table.get(name, f"number {index}") if isinstance(table, dict) else index
        row = Row(table, f"{path.name}: {kind} {called}")
        yield row
        row.done()


def once(where: str, kind: str, names: Iterable[str]) -> None:
    """LessonError when a name comes twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise LessonError(f"{where}: {kind} {name} is there twice")
        seen.add(name)
