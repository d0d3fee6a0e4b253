"""All exercises, by number: what the modules in `judges` describe.

    find("1.1"), find(1.1) ─▶ Exercise      load() ─▶ {"1.1": Exercise, …} in the order of lessons

Exercises.  Builds on: exercise, judges (every module below it is imported).
What is new here: a new exercise is a new module below `judges`; no list names it.
Left out: which lesson links to which exercise; lessons.toml says that.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping

from ...errors import LocalError
from . import judges
from .exercise import Exercise
from .verdict import WrongIdea


@functools.cache
def load() -> Mapping[str, Exercise]:
    """Every exercise; those of primers (p1) come before those of lessons."""
    found: dict[str, Exercise] = {}
    for module in pkgutil.walk_packages(judges.__path__, f"{judges.__name__}."):
        content = importlib.import_module(module.name)
        for exercise in getattr(content, "EXERCISES", ()):
            if exercise.number in found:
                raise LocalError(f"there are two exercises {exercise.number}")
            found[exercise.number] = exercise
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def find(number: str | float) -> Exercise:
    """The exercise with this number, "4.1" or 4.1.  LocalError says what can be written.

    3.10 would be 3.1, so no lesson has ten exercises.
    """
    exercises = load()
    name = number.strip() if isinstance(number, str) else repr(number)
    if name not in exercises:
        raise LocalError(
            f'there is no exercise {number!r}. Write its number as in 1.2 or "1.2"; that of a '
            f'primer needs quotes, as in "p1.2". There are {", ".join(exercises)}'
        )
    return exercises[name]


def wrong_ideas() -> dict[str, Mapping[str, WrongIdea]]:
    """The wrong ideas that each exercise's judge names."""
    return {number: exercise.wrong_ideas for number, exercise in load().items()}


def _order(number: str) -> tuple[bool, int, int]:
    lesson, _, place = number.partition(".")
    return not lesson.startswith("p"), int(lesson.lstrip("p")), int(place)
