"""What a learner has done so far, in one file on this computer.

    work/.progress.jsonl           {"at": "2025-03-01T09:30:00", "exercise": "1.1", "event": "pass"}
                                   one line for each event, only ever appended

Exercises.  Builds on: lesson_list (where the course is).
What is new here: two kernels may append at the same time.  A full disk or a power cut can lose the
line being written and no other, because no line is ever rewritten.
Left out: data that would tell who the learner is.  COURSE_PROGRESS names another file; if it is
empty, nothing is kept.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..authoring import lesson_list
from ..authoring.lesson_rows import LessonError

VARIABLE = "COURSE_PROGRESS"
NAME = ".progress.jsonl"
EVENTS = ("attempt", "pass", "hint", "give_up")
LARGEST = 4 * 1024 * 1024  # bytes that are read; a whole course writes far less


@dataclass(slots=True)
class Done:
    """What is known of one exercise.  `best` is the best score, 0 to 1."""

    exercise: str
    attempts: int = 0
    best: float = 0.0
    passed: bool = False
    hints: int = 0
    gave_up: bool = False
    ideas: list[str] = field(default_factory=list)  # wrong ideas met, the newest last

    @property
    def state(self) -> str:
        """`passed`, `given up`, `tried` or `new`."""
        if self.passed:
            return "passed"
        return "given up" if self.gave_up else "tried" if self.attempts else "new"


def path() -> Path | None:
    """The progress file, or None if nothing is to be kept."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    return lesson_list.folder().parent / "work" / NAME


def record(exercise: str, event: str, *, score: float = 0.0, idea: str = "") -> str:
    """Append one line.  Returns an empty text, or why the line could not be written."""
    assert event in EVENTS, event
    row: dict[str, Any] = {"at": _now(), "exercise": exercise, "event": event}
    if event in ("attempt", "pass"):
        row |= {"score": score, "idea": idea}
    try:
        where = path()
        if where is not None:
            _append(where, json.dumps(row, ensure_ascii=False))
    except (OSError, LessonError) as error:
        return f"your progress could not be written: {error}"
    return ""


def load() -> dict[str, Done]:
    """The progress in each exercise, read from the file.  Malformed lines are skipped."""
    try:
        where = path()
        data = b"" if where is None else _read(where)
    except (OSError, LessonError):
        return {}
    found: dict[str, Done] = {}
    for line in data.split(b"\n"):
        row = _row(line)
        if row is not None:
            _count(found.setdefault(row["exercise"], Done(row["exercise"])), row)
    return found


def of(exercise: str) -> Done:
    """What is known of one exercise."""
    return load().get(exercise, Done(exercise))


def _count(done: Done, row: dict[str, Any]) -> None:
    event = row["event"]
    if event in ("attempt", "pass"):
        score = row.get("score")
        done.attempts += 1
        done.best = max(done.best, score if isinstance(score, float) and 0 <= score <= 1 else 0.0)
        idea = row.get("idea")
        if isinstance(idea, str) and idea:
            done.ideas = [*(name for name in done.ideas if name != idea), idea]
    if event == "pass":
        done.passed, done.best = True, 1.0
    done.hints += event == "hint"
    done.gave_up |= event == "give_up"


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict) or row.get("event") not in EVENTS:
        return None
    return row if isinstance(row.get("exercise"), str) else None


def _read(where: Path) -> bytes:
    try:
        with where.open("rb") as file:
            return file.read(LARGEST)
    except FileNotFoundError:
        return b""


def _append(where: Path, line: str) -> None:
    """Append the line with one write; first a newline, if the last line was cut short."""
    where.parent.mkdir(exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(where, flags, 0o644)
    try:
        size = os.lseek(descriptor, 0, os.SEEK_END)
        torn = False
        if size:
            os.lseek(descriptor, -1, os.SEEK_END)
            torn = os.read(descriptor, 1) != b"\n"
        os.write(descriptor, b"\n" * torn + line.encode() + b"\n")
    finally:
        os.close(descriptor)


def _now() -> str:
    return datetime.datetime.now().replace(microsecond=0).isoformat()
