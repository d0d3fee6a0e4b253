"""The report as JSON, and as two tables for spreadsheets.

    report.json   everything        grades.csv   a row for each learner: points
                                    results.csv  a row for each learner and exercise

Exercises.  Builds on: nothing.
What is new here: names and bytes that learners chose go into programs that would run them, or stop
at them; a formula is made a text, and half a character an escape.
Left out: what the values mean; see `report`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def as_json(report: Mapping[str, Any]) -> bytes:
    text = json.dumps(report, ensure_ascii=False, indent=1)
    return text.encode("utf-8", errors="backslashreplace") + b"\n"  # half a character: \ud83d


def grades_csv(report: Mapping[str, Any]) -> bytes:
    """The grid: points, nothing where nothing was submitted, "error" where the grader failed."""
    numbers = [exercise["number"] for exercise in report["exercises"]]
    rows = [["learner", *numbers, "points", "of"]]
    for learner in report["learners"]:
        cells = [_cell(learner["results"][number]) for number in numbers]
        rows.append([learner["name"], *cells, learner["points"], learner["of"]])
    return _csv(rows)


def results_csv(report: Mapping[str, Any]) -> bytes:
    """A row for each learner and exercise."""
    columns = ("state", "points", "of", "wrong_idea", "submissions", "notebook", "sha256")
    rows = [["learner", "exercise", *columns]]
    for learner in report["learners"]:
        for number, result in learner["results"].items():
            rows.append([learner["name"], number, *(result[name] for name in columns)])
    return _csv(rows)


def _cell(result: Mapping[str, Any]) -> Any:
    return "error" if result["state"] == "error" else result["points"]


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """With a mark by which spreadsheets know UTF-8, and nothing that they would run."""
    out = io.StringIO()
    csv.writer(out).writerows([[_inert(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig", errors="backslashreplace")


def _inert(value: Any) -> Any:
    """A text that begins like a formula gets an apostrophe, which spreadsheets do not show.

    In Korean and Japanese settings the wide letters of these keyboards begin one, too.
    """
    formula = isinstance(value, str) and value.lstrip().startswith(tuple("=+-@＝＋－＠"))  # noqa: RUF001
    return f"'{value}" if formula else value
