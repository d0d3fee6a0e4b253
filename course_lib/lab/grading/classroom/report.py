"""What the class run found: plain values, from which JSON, CSV and HTML are written.

    {"ideas":    [{"exercise": "1.1", "idea": "no_host", "count": 7, "title", "why", "learners"}],
     "learners": [{"name", "points", "results": {"1.1": {"state", "points", "wrong_idea", …}}}],
     "exercises": [{"number", "core", …}],
     "run": {"seed", "limits_missing", "files": {"judges/…": sha256}, …}}

Exercises.  Builds on: exercise, files, notebook, owners.
What is new here: the best of several answers counts; but if none passed and the grader failed at
one, the result is a grader error.  An idea counts once for each learner whose best answer has it.
Left out: how it is written; see `export` and `html`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..exercise import Exercise
from . import files, notebook, owners

FORMAT = 2
STATES = {
    "passed": "passed",
    "failed": "failed",
    "unanswered": "not answered",
    "unreadable": "not readable",
    "absent": "not submitted",
    "error": "grader error",
}
_SHOWN = ("wrong_idea", "idea_title", "observed", "expected", "why", "ended", "output", "cases")
PACKAGE = Path(__file__).parents[1]  # the folder `grading`


@dataclass(slots=True)
class Attempt:
    """One answer to one exercise, graded.  `verdict` is None when the grader failed."""

    notebook: str
    sha256: str
    place: tuple[int, int]  # (notebook, -reading): of equal attempts the largest counts
    text: str = ""
    verdict: dict[str, Any] | None = None
    error: str = ""


@dataclass(slots=True)
class Outcome:
    """The attempts of one learner.  `unread`: notebooks that the grader failed to read, and why."""

    learner: files.Learner
    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


def build(
    found: files.Class,
    outcomes: Sequence[Outcome],
    exercises: Sequence[Exercise],
    run: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole report, with names."""
    learners = [_learner(outcome, exercises) for outcome in outcomes]
    results = [r for learner in learners for r in learner["results"].values()]
    missing = sorted({name for result in results for name in result["limits_missing"]})
    return {
        "format": FORMAT,
        "anonymous": False,
        "folder": owners.shown(found.folder.resolve().name),
        "problems": found.problems,
        "run": {**run, "limits_missing": missing, "files": hashes(exercises)},
        "ideas": _ideas(learners, exercises),
        "others": _others(learners, exercises),
        "exercises": [
            {
                "number": exercise.number,
                "lesson": exercise.lesson,
                "title": exercise.title,
                "core": exercise.core,
                "points": exercise.points,
                "states": _states(one["results"][exercise.number] for one in learners),
                "average": _average(learners, [exercise]),
            }
            for exercise in exercises
        ],
        "average": _average(learners, exercises),
        "core_average": _average(learners, [exercise for exercise in exercises if exercise.core]),
        "learners": learners,
    }


def _learner(outcome: Outcome, exercises: Sequence[Exercise]) -> dict[str, Any]:
    results = {exercise.number: _result(outcome, exercise) for exercise in exercises}
    core = [exercise for exercise in exercises if exercise.core]
    return {
        "name": outcome.learner.name,
        "points": _sum(results.values()),
        "of": sum(exercise.points for exercise in exercises),
        "core_points": _sum(results[exercise.number] for exercise in core),
        "core_of": sum(exercise.points for exercise in core),
        "states": _states(results.values()),
        "problems": outcome.learner.problems,
        "notebooks": [handed.label for handed in outcome.learner.notebooks],
        "results": results,
    }


def _states(results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many of these results are in each state."""
    found = [result["state"] for result in results]
    return {state: found.count(state) for state in STATES}


def _average(learners: Sequence[Mapping[str, Any]], exercises: Sequence[Exercise]) -> float | None:
    """The average points of those who have a graded answer, in percent; None if nobody has one."""
    sums = []
    for learner in learners:
        results = [learner["results"][exercise.number] for exercise in exercises]
        if any(result["points"] is not None for result in results):
            sums.append(_sum(results))
    of = sum(exercise.points for exercise in exercises)
    return round(100 * sum(sums) / len(sums) / of, 1) if sums else None


def _sum(results: Iterable[Mapping[str, Any]]) -> float:
    """The points of these results; what has none counts as nothing."""
    return round(sum(result["points"] or 0 for result in results), 2)


def _result(outcome: Outcome, exercise: Exercise) -> dict[str, Any]:
    attempts = outcome.attempts.get(exercise.number, [])
    best = max(attempts, key=_rank, default=None)
    verdict: dict[str, Any] = (best.verdict if best else None) or {}
    if best is None and outcome.unread:
        state = "error"
    elif best is None:
        state = "unreadable" if _refused(outcome, exercise) else "absent"
    elif best.verdict is None:
        state = "error"
    else:
        tried = "failed" if verdict["attempted"] else "unanswered"
        state = "passed" if verdict["passed"] else tried
    points = None
    if state in ("passed", "failed"):
        points = round(verdict["score"] * exercise.points, 2)
    return {
        "state": state,
        "points": points,
        "of": exercise.points,
        "submissions": len(attempts),
        "notebook": best.notebook if best else "",
        "sha256": best.sha256 if best else "",
        "graded": best.text if best else "",
        "error": best.error if best else "\n".join(outcome.unread.values()),
        **{name: verdict.get(name, [] if name == "cases" else "") for name in _SHOWN},
        "tape": verdict.get("tape"),
        "tape_text": verdict.get("tape_text", ""),
        "limits_missing": verdict.get("missing", []),
    }


def _refused(outcome: Outcome, exercise: Exercise) -> bool:
    """Was a file refused that may have had this exercise in it, as far as its name says?"""
    for label in outcome.learner.refused:
        said = notebook.LESSON.match(label.rpartition("/")[2])
        if said is None or said[1] == exercise.lesson:
            return True
    return False


def _rank(attempt: Attempt) -> tuple[int, bool, float, tuple[int, int]]:
    """A pass ranks first; then a grader error, which may hide a pass; then all other attempts."""
    if attempt.verdict is None:
        return 1, False, 0.0, attempt.place
    passed, tried = bool(attempt.verdict["passed"]), bool(attempt.verdict["attempted"])
    return 2 if passed else 0, tried, attempt.verdict["score"], attempt.place


def _ideas(learners: Iterable[Mapping[str, Any]], exercises: Iterable[Exercise]) -> list[Any]:
    """Wrong ideas with the learners who have them; the most frequent comes first."""
    rows = []
    everybody = list(learners)
    for exercise in exercises:
        for name, idea in exercise.wrong_ideas.items():
            who = [
                learner["name"]
                for learner in everybody
                if learner["results"][exercise.number]["wrong_idea"] == name
            ]
            row = {"exercise": exercise.number, "idea": name, "title": idea.title, "why": idea.why}
            if who:
                rows.append({**row, "count": len(who), "learners": who})
    return sorted(rows, key=lambda row: -int(str(row["count"])))


ENDINGS = {
    "time": "did not answer in time",
    "cpu": "used up its processor time, or was killed",
    "exit": "ended its own process",
    "output": "printed without end, or wrote too many files",
    "syntax": "is no valid Python",
    "broken": "wrote to the grader's pipe, or returned no value",
    "": "wrong in a way that has no name yet",
}


def _others(learners: Iterable[Mapping[str, Any]], exercises: Iterable[Exercise]) -> list[Any]:
    """Failures without a named idea, by how the answer ended."""
    rows = []
    everybody = list(learners)
    for exercise in exercises:
        for ending, said in ENDINGS.items():
            who = []
            for learner in everybody:
                result = learner["results"][exercise.number]
                failed = result["state"] == "failed" and not result["wrong_idea"]
                if failed and result["ended"] == ending:
                    who.append(learner["name"])
            row = {"exercise": exercise.number, "ending": ending, "what": said}
            if who:
                rows.append({**row, "count": len(who), "learners": who})
    return sorted(rows, key=lambda row: -int(str(row["count"])))


def hashes(exercises: Iterable[Exercise]) -> dict[str, str]:
    """SHA-256 of the code behind the verdicts: each judge's file, `grading`, the whole library."""
    found = {}
    for module in dict.fromkeys(exercise.judge.__module__ for exercise in exercises):
        *_, folder, name = module.split(".")
        path = PACKAGE / "judges" / folder / f"{name}.py"
        if path.is_file():
            found[path.relative_to(PACKAGE).as_posix()] = hashlib.sha256(
                path.read_bytes()
            ).hexdigest()
    found["grading"] = _digest(PACKAGE)
    found["course_lib"] = _digest(PACKAGE.parents[1])
    return found


def _digest(folder: Path) -> str:
    """One SHA-256 of the names and contents of all Python files below `folder`."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py"), key=lambda path: path.as_posix()):
        total.update(path.relative_to(folder).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
