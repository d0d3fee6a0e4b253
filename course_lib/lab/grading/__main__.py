"""One verdict for each file, as a learner reads it: for whoever writes a judge.

    python -m course_lib.lab.grading 4.2 tests/exercises/wrong/4.2/*.py      --seed 7

Exercises.  Builds on: registry, runner, submission.
What is new here: nothing.
Left out: notebooks and classes; `course_lib grade` reads those.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from . import registry, runner, submission


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m course_lib.lab.grading")
    parser.add_argument("number", help="of the exercise: 4.2 or p1.1")
    parser.add_argument("files", nargs="+", type=Path, help="answers")
    parser.add_argument("--seed", type=int, help="repeats the inputs of an earlier run")
    given = parser.parse_args()
    for path in given.files:
        handed = submission.whole(path.name, path.read_text(encoding="utf-8"))
        verdict = runner.grade(registry.find(given.number), handed, seed=given.seed)
        print(f"{path}\n{verdict.text()}\n")


if __name__ == "__main__":
    main()
