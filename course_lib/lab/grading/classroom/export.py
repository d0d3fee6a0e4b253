"""The report as JSON, and as two tables for spreadsheets.

    report.json   everything        grades.csv   a row for each learner: points, and those in core
                                    results.csv  a row for each learner and exercise

Exercises.  Builds on: nothing.
What is new here: learners choose names that a spreadsheet would run as a formula, or that cannot be
encoded; a formula gets an apostrophe and becomes text, a lone surrogate becomes an escape.
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
    return text.encode("utf-8", errors="backslashreplace") + b"\n"  # a lone surrogate: \ud83d


def grades_csv(report: Mapping[str, Any]) -> bytes:
    """The grid of points: empty where nothing was submitted, "error" where the grader failed.

    The last columns are the points in core exercises alone, and how many there are.
    """
    numbers = [exercise["number"] for exercise in report["exercises"]]
    rows = [["learner", *numbers, "points", "of", "core_points", "core_of"]]
    for learner in report["learners"]:
        cells = [_cell(learner["results"][number]) for number in numbers]
        sums = [learner[name] for name in ("points", "of", "core_points", "core_of")]
        rows.append([learner["name"], *cells, *sums])
    return _csv(rows)


def results_csv(report: Mapping[str, Any]) -> bytes:
    """A row for each learner and exercise."""
    columns = ("state", "points", "of", "wrong_idea", "submissions", "notebook", "sha256")
    kinds = {e["number"]: "core" if e["core"] else "practice" for e in report["exercises"]}
    rows = [["learner", "exercise", *columns, "kind"]]
    for learner in report["learners"]:
        for number, result in learner["results"].items():
            values = (result[name] for name in columns)
            rows.append([learner["name"], number, *values, kinds[number]])
    return _csv(rows)


def _cell(result: Mapping[str, Any]) -> Any:
    return "error" if result["state"] == "error" else result["points"]


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows as CSV without formulas, with the byte order mark that tells spreadsheets UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerows([[_inert(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig", errors="backslashreplace")


def _inert(value: Any) -> Any:
    """A text that begins like a formula gets an apostrophe, which spreadsheets do not show.

    In Korean and Japanese settings the full-width forms of these signs begin a formula, too.
    """
    formula = isinstance(value, str) and value.lstrip().startswith(tuple("=+-@＝＋－＠"))  # noqa: RUF001
    return f"'{value}" if formula else value
