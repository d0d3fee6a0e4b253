"""`python -m course_lib grade FOLDER`: grade a class, many answers at once.

    FOLDER/kim minji/*.ipynb ─▶ FOLDER-grades/ report.html  report.json  grades.csv  results.csv
                                FOLDER-grades-2/ …           the next run

Exercises.  Builds on: grading, names, roster, export, html.
What is new here: the command line.  Each run has a folder of its own, so none overwrites the report
of another.  After Ctrl-C, or when the terminal is closed, the command ends every process and writes
nothing.
Left out: grading itself; see `grading`.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from ....errors import CourseError, LocalError
from . import export, grading, html
from . import names as class_names
from . import roster as class_roster

EVERY = 5.0  # seconds between lines of progress, if the output is no terminal


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0: done, 1: the grader failed somewhere, 2: wrong usage, 130: interrupted."""
    given = _arguments(arguments)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    settings = grading.Settings(
        secrets.randbits(48) if given.seed is None else given.seed,
        given.jobs,
        given.wall,
        exercises=[word for word in given.exercises.split(",") if word],
    )
    progress = Progress(sys.stderr)
    try:
        folder = Path(given.folder)
        out = _out(given.out, folder)
        secret = out.with_name(_name(folder) + "-names.json")
        roster = class_roster.read(Path(given.roster)) if given.roster else None
        report = grading.grade(folder, settings, progress.say, roster)
        progress.end()
        if given.anonymous:
            names = [learner["name"] for learner in report["learners"]]
            report = class_names.hide(report, class_names.pseudonyms(names, secret))
        if not given.json or given.out:
            out = _made(out, given.out)
            write(report, out, roster)
    except KeyboardInterrupt:
        progress.end()
        print("Interrupted: all processes were ended, and nothing was written.", file=sys.stderr)
        return 130
    except (CourseError, OSError) as error:
        progress.end()
        print(f"grade: {error}", file=sys.stderr)
        return 1
    if given.json:
        sys.stdout.buffer.write(export.as_json(report))
    else:
        print(conclusion(report, out, roster))
        if given.anonymous:
            print(f"The names behind the pseudonyms: {secret}")
    return 1 if any(learner["states"]["error"] for learner in report["learners"]) else 0


def parser() -> argparse.ArgumentParser:
    """What can be typed after `grade`."""
    parser = argparse.ArgumentParser(
        prog="grade",
        description="Grade a class: FOLDER has a folder for each learner, with their notebooks, or "
        "is what Moodle or Canvas gives, also as a zip archive (nbgrader's "
        "submitted/LEARNER/ASSIGNMENT is known, too).",
    )
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument(
        "--out", metavar="DIR", help="a new folder for the report (default: FOLDER-grades, …-2, …)"
    )
    parser.add_argument(
        "--roster", metavar="CSV", help="the class as Moodle or Canvas exports it: adds a file to "
        "import there, and whoever handed in nothing"
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=cores(), help="processes (default: all cores)")
    parser.add_argument("--exercises", default="", metavar="1.1,1.2", help="only these")
    parser.add_argument("--anonymous", action="store_true", help="pseudonyms instead of names")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--seed", type=int, help="repeat a run with the inputs that it had")
    parser.add_argument("--wall", type=float, metavar="S", help="seconds for one question")
    return parser


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    words = parser()
    given = words.parse_args(arguments)
    if not 1 <= given.jobs <= 256:
        words.error("--jobs takes 1 to 256")
    if given.wall is not None and not 0.05 <= given.wall <= 600:
        words.error("--wall takes 0.05 to 600 seconds")
    if given.roster and given.anonymous:
        words.error("--anonymous hides the names that --roster is about: use one of them")
    return given


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def cores() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _out(named: str | None, folder: Path) -> Path:
    """Where the report goes.  LocalError if the folder that was named cannot be it."""
    top = folder.resolve()
    if not named:
        return top.with_name(f"{_name(folder)}-grades")
    out = Path(named).resolve()
    if out.is_relative_to(top):
        raise LocalError(f"{out} is among what was handed in; name another place with --out")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LocalError(f"{out} has something in it; name a new folder with --out")
    return out


def _name(folder: Path) -> str:
    """The name of the folder, or of the archive without .zip."""
    return folder.resolve().name.removesuffix(".zip")


def _made(out: Path, named: str | None) -> Path:
    """Make the folder; without a name of its own the first of out, out-2, out-3, … that is new."""
    if named:
        out.mkdir(parents=True, exist_ok=True)
        return out
    for number in itertools.count(1):
        path = out if number == 1 else out.with_name(f"{out.name}-{number}")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError("there is always another number")


def write(report: Mapping[str, Any], out: Path, roster: class_roster.Roster | None = None) -> None:
    """Write the files, each in one step."""
    files = {
        "report.json": export.as_json(report),
        "grades.csv": export.grades_csv(report),
        "results.csv": export.results_csv(report),
        # UTF-8 cannot encode a lone surrogate: as a character reference browsers show it as a box.
        "report.html": html.page(report).encode("utf-8", errors="xmlcharrefreplace"),
    }
    if roster:
        files[f"{roster.kind}.csv"] = export.as_csv(roster.table(report), mark=False)
    for name, data in files.items():
        part = out / f"{name}.part"
        part.write_bytes(data)
        part.replace(out / name)


def conclusion(
    report: Mapping[str, Any], out: Path, roster: class_roster.Roster | None = None
) -> str:
    """What the terminal shows at the end."""
    run = report["run"]
    lines = [html.summary(report), *report["problems"]]
    for learner in report["learners"]:
        lines += [f"  {learner['name']}: {problem}" for problem in learner["problems"]]
    if report["ideas"]:
        lines += ["", "What to teach next:"]
        for row in report["ideas"]:
            lines.append(f"  {row['count']:>3}  {row['exercise']:<5} {row['idea']}: {row['title']}")
    lines.append("")
    if run["limits_missing"]:
        lines.append("This system did not limit: " + "; ".join(run["limits_missing"]) + ".")
    lines.append(f"{run['answers']} graded in {run['seconds']} s; --seed {run['seed']} repeats it.")
    lines.append(f"{out / 'report.html'}")
    if roster:
        lines.append(f"{out / roster.kind}.csv is for {roster.kind.capitalize()}.")
    return "\n".join(lines)


class Progress:
    """A line that is rewritten on a terminal; elsewhere a new line after each `EVERY` seconds."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._last = time.monotonic()

    def say(self, text: str) -> None:
        if self._live:
            print(f"\r  {text:<40.40}", end="", file=self._out, flush=True)
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            print(f"  {text}", file=self._out, flush=True)

    def end(self) -> None:
        if self._live:
            print(f"\r{'':42}\r", end="", file=self._out, flush=True)


if __name__ == "__main__":
    sys.exit(main())
