"""Grading a class: every notebook is read, every answer is graded, and a report is made of it.

    grade(folder, Settings(seed=7, jobs=2)) ─▶ report (see report)

Exercises.  Builds on: files, pool, report, roster, registry.
What is new here: all answers to an exercise get the same inputs, made from the run's seed, so the
run can be repeated and no learner gets easier inputs.  The report does not depend on the order in
which processes finish.
Left out: grading one answer; see `worker`.
"""

from __future__ import annotations

import datetime
import hashlib
import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import registry
from ..exercise import Exercise
from . import files, report
from . import pool as class_pool
from . import roster as class_roster
from .report import Attempt, Outcome

Say = Callable[[str], None]
Key = tuple[int, int, str, int]  # learner, notebook, exercise or empty, reading of it


@dataclass(slots=True)
class Settings:
    """The options of a run.  `wall`: seconds for one question; None: the exercise's own limit."""

    seed: int
    jobs: int = 1
    wall: float | None = None
    largest: int = files.LARGEST
    exercises: Sequence[str] = ()


def grade(
    folder: Path,
    settings: Settings,
    say: Say = lambda _: None,
    roster: class_roster.Roster | None = None,
) -> dict[str, Any]:
    """Grade everything in `folder`; return the report, with names.  Ends all its processes.

    Whoever is in `roster` and handed in nothing is a learner, too.
    """
    began = time.monotonic()
    chosen = [registry.find(number) for number in settings.exercises]
    with tempfile.TemporaryDirectory(prefix="course-class-") as room:
        found = files.find(folder, Path(room), largest=settings.largest)
        if roster:
            roster.join(found)
        with class_pool.Pool(settings.jobs) as pool:
            run = _Run(found, chosen or list(registry.load().values()), settings, pool, say)
            run.all()
    about = {
        "seed": settings.seed,
        "at": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 1),
        "jobs": settings.jobs,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "wall": f"{settings.wall:g} s" if settings.wall else "as each exercise says",
        "answers": run.answers,
    }
    handed_in = {number for outcome in run.outcomes for number in outcome.attempts}
    columns = [e for e in run.exercises if chosen or not handed_in or e.number in handed_in]
    return report.build(found, run.outcomes, columns, about)


class _Run:
    """Sends messages to read and to grade, and records the replies as they come."""

    def __init__(
        self,
        found: files.Class,
        exercises: Sequence[Exercise],
        settings: Settings,
        pool: class_pool.Pool,
        say: Say,
    ) -> None:
        self.exercises = exercises
        self.outcomes = [Outcome(learner) for learner in found.learners]
        self.answers = 0
        self._settings = settings
        self._pool = pool
        self._say = say
        self._asked: dict[Key, dict[str, Any]] = {}
        self._again: set[Key] = set()
        self._contents: list[dict[int, Mapping[str, Any]]] = [{} for _ in found.learners]

    def all(self) -> None:
        numbers = [exercise.number for exercise in self.exercises]
        for who, outcome in enumerate(self.outcomes):
            for which, handed in enumerate(outcome.learner.notebooks):
                question = {"do": "read", "path": str(handed.path), "exercises": numbers}
                question |= {"name": handed.label.rpartition("/")[2]}
                self._ask((who, which, "", 0), {**question, "largest": self._settings.largest})
        done = 0
        for key, reply in self._pool.replies():
            assert isinstance(key, tuple)
            if "error" in reply and key not in self._again:  # try once more: it may be overload
                self._again.add(key)
                self._pool.put(key, self._asked[key])
                continue
            done += 1
            (self._graded if key[2] else self._read)(key, reply)
            self._say(f"{done} of {len(self._asked)}")

    def _ask(self, key: Key, question: dict[str, Any]) -> None:
        self._asked[key] = question
        self._pool.put(key, question)

    def _read(self, key: Key, reply: Mapping[str, Any]) -> None:
        """Record a notebook that was read; after a learner's last one, send their answers."""
        who, which, _, _ = key
        contents, outcome = self._contents[who], self.outcomes[who]
        contents[which] = reply
        if len(contents) < len(outcome.learner.notebooks):
            return
        seen: set[tuple[str, str]] = set()
        for which, handed in enumerate(outcome.learner.notebooks):
            content = contents[which]
            if "answers" in content:
                self._answers(who, which, content["answers"], seen)
                continue
            if "problem" in content:
                outcome.learner.refused.append(handed.label)
            else:
                outcome.unread[handed.label] = content["error"]
            problem = content.get("problem") or "the grader failed to read it"
            outcome.learner.problems.append(f"{handed.label}: {problem}")

    def _answers(
        self, who: int, which: int, answers: Mapping[str, Any], seen: set[tuple[str, str]]
    ) -> None:
        """Send each different text once to be graded, even if a learner handed in copies."""
        for number, readings in answers.items():
            for place, answer in enumerate(readings):
                text = repr([text for _, text in answer["parts"]])
                if (number, text) not in seen:
                    seen.add((number, text))
                    question = {"do": "grade", "exercise": number, "answer": answer}
                    question |= {"seed": self._seed(number), "wall": self._settings.wall}
                    self._ask((who, which, number, place), question)

    def _graded(self, key: Key, reply: Mapping[str, Any]) -> None:
        who, which, number, place = key
        attempt = Attempt(
            self.outcomes[who].learner.notebooks[which].label,
            self._contents[who][which]["sha256"],
            (which, -place),
            reply.get("text", ""),
            reply.get("verdict"),
            reply.get("error", ""),
        )
        self.outcomes[who].attempts.setdefault(number, []).append(attempt)
        self.answers += 1

    def _seed(self, number: str) -> int:
        text = f"{self._settings.seed}:{number}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
