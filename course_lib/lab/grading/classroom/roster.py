"""The list of a class out of an LMS, and the points in the form that the LMS takes back.

    Student,ID,SIS Login ID,Section                  ─▶ canvas.csv    what Canvas wants of each, and
    "Kim, Minji",4711,kim,A                             a column for each lesson
    First name,Last name,Email address,…             ─▶ moodle.csv    the columns that tell learners
    Minji,Kim,kim@school.example                        apart, and a column for each lesson

Exercises.  Builds on: errors, files, owners.
What is new here: headings are in the language of the LMS, so a learner is found by what stands in
the cells.  Whatever fits two rows fits none: points must not get to somebody else.
Left out: sending it; the instructor looks at the file and imports it.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ....errors import LocalError
from . import files, owners

LARGEST = 5 * 1024 * 1024  # bytes of a list
_CANVAS = ("Student", "ID")
_CANVAS_MORE = ("SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")
_NUMBER = {"canvas": re.compile(r"(\d+)"), "moodle": re.compile(r"\D+ (\d+)")}  # Participant 123
NOTHING = {"moodle": "-", "canvas": ""}  # what says that there are no points, not even 0


@dataclass(slots=True)
class Roster:
    """`rows` have the columns of `head`; `learners`: the name in the report, and its row."""

    kind: str  # moodle or canvas
    file: str
    head: list[str]
    rows: list[list[str]]
    learners: dict[str, list[str]] = field(default_factory=dict)

    def join(self, found: files.Class) -> None:
        """Find each learner's row; whoever has a row and no file becomes a learner, too."""
        where = _keys(self.rows, self.kind)
        left = {id(row): row for row in self.rows}
        for learner in found.learners:
            numbered = where.get(f"#{learner.id}") if learner.id else None
            named = where.get(_key(learner.name))
            row = numbered or named
            if row is None:
                found.problems.append(f"{learner.name} fits no row of {self.file}, or several")
            elif named not in (row, None):
                said = f"{learner.name} has the number of another row in {self.file}"
                found.problems.append(said)
            elif id(row) not in left:
                found.problems.append(f"{learner.name} has a row that was taken in {self.file}")
            else:
                self.learners[learner.name] = left.pop(id(row))
        names = {learner.name for learner in found.learners}
        for row in left.values():
            name = _unlike(owners.shown(_name(row, self.kind)), names)
            problem = f"no file fits this row of {self.file}"
            found.learners.append(files.Learner(name, problems=[problem]))
            names.add(name)
            self.learners[name] = row
        found.learners.sort(key=lambda learner: learner.name)

    def table(self, report: Mapping[str, Any]) -> list[list[Any]]:
        """The rows to import: a column for each lesson, with the points in its exercises."""
        lessons: dict[str, list[Mapping[str, Any]]] = {}
        for exercise in report["exercises"]:
            lessons.setdefault(exercise["lesson"], []).append(exercise)
        of = [sum(one["points"] for one in exercises) for exercises in lessons.values()]
        known = [learner for learner in report["learners"] if learner["name"] in self.learners]
        kept = self._kept(range(len(self.head)))
        rows: list[list[Any]] = [[self.head[column] for column in kept]]
        if self.kind == "canvas":
            rows[0] += [f"Exercises {lesson}" for lesson in lessons]
            rows.append(["    Points Possible", *[""] * (len(kept) - 1), *of])
        else:
            rows[0] += [f"Exercises {n} (of {most})" for n, most in zip(lessons, of, strict=True)]
        for learner in known:
            row = self.learners[learner["name"]]
            points = [
                _points([learner["results"][one["number"]] for one in exercises])
                for exercises in lessons.values()
            ]
            cells = [NOTHING[self.kind] if value is None else value for value in points]
            rows.append([*(row[column] for column in kept), *cells])
        return rows

    def _kept(self, columns: Iterable[int]) -> list[int]:
        """Canvas: the columns that it wants.  Moodle: those that differ in each row."""
        if self.kind == "canvas":
            return [n for n in columns if self.head[n] in (*_CANVAS, *_CANVAS_MORE)]
        return [n for n in columns if _differ([row[n] for row in self.rows])]


def read(path: Path) -> Roster:
    """Read a list that was exported as CSV.  LocalError says why it cannot be used."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise LocalError(f"{path} is not in UTF-8: save it as CSV UTF-8") from None
    if len(data) > LARGEST:
        raise LocalError(f"{path} has more than {LARGEST:,} bytes; is it the list of the class?")
    sign = max(",;\t", key=text.partition("\n")[0].count)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
        rows = [row for row in lines if any(row)]
    except csv.Error as error:
        raise LocalError(f"{path} is no CSV: {error}") from None
    if len(rows) < 2 or len(rows[0]) < 2:
        raise LocalError(f"{path} is no list of a class: it needs headings and a row for each")
    head = [heading.strip() for heading in rows[0]]
    full = [[*row, *[""] * len(head)][: len(head)] for row in rows[1:]]
    kind = "canvas" if tuple(head[:2]) == _CANVAS and "Section" in head else "moodle"
    if kind == "canvas":  # not: rows that say what a column is, and the student for trying out
        full = [row for row in full if row[1].strip() and row[0] != "Student, Test"]
    found = Roster(kind, owners.shown(path.name), head, full)
    if not full or not any(_differ([row[n] for row in full]) for n in range(len(head))):
        raise LocalError(f"{path} has no column that differs in each row, like an e-mail address")
    return found


def _points(results: Sequence[Mapping[str, Any]]) -> float | None:
    """The points in a lesson; None if nothing was handed in, or somebody has to look at it."""
    states = {result["state"] for result in results}
    if states & {"error", "unreadable"} or states == {"absent"}:
        return None
    return round(sum(result["points"] or 0 for result in results), 2)


def _keys(rows: Sequence[list[str]], kind: str) -> dict[str, list[str]]:
    """What a learner may be called, and the row; nothing that fits two rows."""
    found: dict[str, list[str]] = {}
    twice: set[str] = set()
    for row in rows:
        pairs = [*itertools.pairwise(row)]
        pairs += [(second, first) for first, second in pairs]  # Minji Kim, and Kim Minji
        keys = {_key(text) for text in [*row, *("".join(pair) for pair in pairs)]}
        number = row[1] if kind == "canvas" else row[0]
        if match := _NUMBER[kind].fullmatch(number.strip()):
            keys.add(f"#{match[1]}")
        for key in keys - {""}:
            if key in found:
                twice.add(key)
            found[key] = row
    return {key: row for key, row in found.items() if key not in twice}


def _key(text: str) -> str:
    """The letters and digits alone, as an LMS writes `Kim, Minji` as kimminji in a file's name."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _name(row: Sequence[str], kind: str) -> str:
    """What a row is called in the report."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return row[0].strip() if kind == "canvas" else " ".join(cells[:2])


def _unlike(name: str, names: Iterable[str]) -> str:
    count, found = 1, name
    while found in names:
        count += 1
        found = f"{name} ({count})"
    return found


def _differ(cells: Sequence[str]) -> bool:
    return all(cell.strip() for cell in cells) and len({*cells}) == len(cells)
