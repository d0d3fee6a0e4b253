"""The lessons of the course, as notebooks, tests and the command line see them.

    notebooks/lessons.toml         which lessons there are      lessons.load()
    notebooks/glossary.toml        the terms of each            lessons.glossary("01")
    notebooks/_source/NN_slug.py   what a person writes ── build ──▶ notebooks/NN_slug.ipynb
    solutions/_source/NN_slug.py   its exercises        ── build ──▶ exercises/, solutions/

    python -m course_lib.lab.lessons               build what is stale: execute, keep the outputs
    python -m course_lib.lab.lessons 01 02         build these
    python -m course_lib.lab.lessons --check       compare sources; say what is stale

Lesson: all.  Builds on: lesson_list, glossary, lesson_build, grading.
What is new here: one name for all of it, and the command.
Left out: the rest of the command line (`python -m course_lib`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .authoring.lesson_list import Lesson, Section, find, folder, load
from .authoring.lesson_rows import LessonError
from .glossary import glossary

__all__ = ["Lesson", "LessonError", "Section", "find", "folder", "glossary", "load", "main"]


def main(argv: Sequence[str] | None = None, where: Path | None = None) -> int:
    """The command.  0: done; 1: stale, or a lesson failed, and stderr says which; 2: usage."""
    parser = argparse.ArgumentParser(
        prog="python -m course_lib.lab.lessons", description="Build the notebooks of the lessons."
    )
    parser.add_argument(
        "lesson", nargs="*", help="01, or 01_short_polling; without, all that are stale"
    )
    parser.add_argument("--check", action="store_true", help="compare sources, write nothing")
    parser.add_argument("--no-execute", action="store_true", help="write sources, run nothing")
    parser.add_argument(
        "--fresh", action="store_true", help="build all, and measure again what was measured"
    )
    asked = parser.parse_args(argv)
    try:
        # Imported here, because they need jupytext, which a learner has not installed.
        from .authoring import lesson_build
        from .grading import exercise_build

        chosen = [find(name, where) for name in asked.lesson] or load(where)
        if asked.check:
            stale = exercise_build.problems(chosen)
            for problem in stale:
                print(problem, file=sys.stderr)
            return max(lesson_build.check_all(chosen), bool(stale))
        exercise_build.build_all(chosen)
        if not (asked.lesson or asked.fresh or asked.no_execute):
            chosen = [lesson for lesson in chosen if lesson_build.check(lesson)]
        return lesson_build.build_all(chosen, execute=not asked.no_execute, fresh=asked.fresh)
    except LessonError as error:
        print(error, file=sys.stderr)
    except ModuleNotFoundError as error:
        print(f"{error}; building needs requirements-dev.lock (make setup)", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
