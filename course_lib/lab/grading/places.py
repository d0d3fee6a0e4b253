"""Where a definition is: in the answer to an exercise, in another learner's cell, or in our cell.

    rank 0   the learner's own cells, and the answer to the exercise that asks for the name
    rank 1   other names in the answer to another exercise
    rank 2   what was handed out: imports, examples, "Your code on the wire"

Exercises.  Builds on: registry, submission, lesson_list; the notebooks in exercises/, if there are.
What is new here: a kernel keeps one value for each name, but a notebook may define several helpers
called `reads`.  `rank` prefers the one in the exercise's own answer, even if another ran later.
Left out: choosing between two cells of one rank; `submission` takes the one that ran last.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..authoring import lesson_list
from . import registry, submission
from .exercise import Exercise


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: the exercise that it answers, if any, and the names that we defined in it."""

    answers: str = ""
    given: frozenset[str] = frozenset()


@dataclass(slots=True)
class _HandedOut:
    by_id: dict[str, Place]
    by_text: dict[str, Place]


def find(lesson: str, text: str, cell_id: str = "") -> Place:
    """The `Place` of a cell, found by its id, or else by its text, or by the names it defines."""
    known = _handed_out(lesson, lesson_list.folder().parent / "exercises")
    if cell_id in known.by_id:
        return known.by_id[cell_id]
    return known.by_text.get(text.strip()) or _by_names(lesson, text)


def rank(place: Place, name: str, exercise: Exercise) -> int:
    """The rank (0 to 2, see above) of the cell's definition of `name`, for `exercise`."""
    if name in place.given:
        return 2
    if place.answers in ("", exercise.number):
        return 0
    other = registry.load().get(place.answers)
    asked = other is not None and name in other.names and name not in exercise.names
    return 0 if asked else 1


@functools.lru_cache(maxsize=64)
def _handed_out(lesson: str, folder: Path) -> _HandedOut:
    """The code cells of the lesson's exercises, by id and by text."""
    found = _HandedOut({}, {})
    for path in sorted(folder.glob(f"{lesson}_*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            for cell in code:
                text, place = _text(cell), _place(cell)
                found.by_id[cell["id"]] = found.by_text[text.strip()] = place
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not a notebook of the course
    return found


def _place(cell: Any) -> Place:
    about = cell["metadata"].get("course", {})
    if about.get("role") == "stub":
        return Place(answers=about["exercise"])
    return Place(given=frozenset(submission.names_in(_text(cell))))


def _text(cell: Any) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


@functools.lru_cache(maxsize=1024)
def _by_names(lesson: str, text: str) -> Place:
    """A cell that defines names of exactly one exercise is taken as an answer to that exercise."""
    names = {*submission.names_in(text)}
    answered = [
        number
        for number, exercise in registry.load().items()
        if exercise.lesson == lesson and names & {*exercise.names}
    ]
    return Place(answers=answered[0]) if len(answered) == 1 else Place()
